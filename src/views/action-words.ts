import { at } from '../model/json.ts';
import type { ChangeAction } from '../model/plan.ts';
import { type CauseContext, causeText, headerCause } from './cause-text.ts';
import type { ResourceChangeJson } from './plan-json-types.ts';
import { safe } from './text-safety.ts';

/** The three columns before `resource`, as Terraform (and for forget OpenTofu) has them. */
export type ActionSymbol = '  +' | '  ~' | '  -' | '-/+' | '+/-' | '  .' | '   ';

/** The symbol of an action: whatever leaves the instance in place is `~`. */
export function actionSymbol(action: ChangeAction): ActionSymbol {
  switch (action) {
    case 'create':
      return '  +';
    case 'replace':
      return '-/+';
    case 'create-before-destroy':
      return '+/-';
    case 'delete':
      return '  -';
    case 'forget':
      return '  .';
    case 'no-op':
      return '   ';
    case 'update':
    case 'restart':
    case 'start':
    case 'stop':
    case 'pause':
    case 'resume':
    case 'wait':
      return '  ~';
  }
}

/** Legend lines for the symbols that occur, in Terraform's order and words. */
export const LEGEND: readonly [ActionSymbol, string][] = [
  ['  +', 'create'],
  ['  ~', 'update in-place'],
  ['  -', 'destroy'],
  ['-/+', 'destroy and then create replacement'],
  ['+/-', 'create replacement and then destroy'],
];

/** What is done, in one word, for tables. */
export const ACTION_WORD: Record<ChangeAction, string> = {
  'no-op': 'unchanged',
  create: 'create',
  update: 'update',
  restart: 'restart',
  replace: 'replace',
  'create-before-destroy': 'replace (new one first)',
  delete: 'destroy',
  forget: 'forget',
  start: 'start',
  stop: 'stop',
  pause: 'pause',
  resume: 'resume',
  wait: 'wait',
};

/** The comment lines above a resource, without the `# `: what will be done, and why where it needs saying. */
export function headerLines(change: ResourceChangeJson, context: CauseContext): string[] {
  const { pj } = change;
  const name = safe(change.address);
  const [cause] = pj.causes;
  // A restart that you caused needs no second cause; whatever is started or stopped has one behind it.
  const told = pj.action === 'restart' ? pj.causes.slice(0, 1) : pj.causes;
  const why = told.map((one) => headerCause(one, context)).find((text) => text !== undefined);
  const inline = why === undefined ? '' : ` (${why})`;
  const reason = cause === undefined ? undefined : causeText(cause, context);
  const because = reason === undefined ? [] : [`(${reason})`];
  const moved = change.previous_address === undefined ? [] : [`(moved from ${safe(change.previous_address)})`];
  const refused = pj.refused === undefined ? [] : [`(refused: ${safe(pj.refused.message)})`];
  switch (pj.action) {
    case 'create':
      return [`${name} will be created`, ...because, ...refused];
    case 'update':
      return [`${name} will be updated in-place${andStarted(change, inline)}`, ...moved, ...refused];
    case 'replace':
    case 'create-before-destroy':
      return [replaceHeader(name, change), ...because, ...moved, ...refused];
    case 'delete':
      return [
        `${name} will be destroyed`,
        ...(cause?.type === 'removed' ? [`(because ${name} is not in configuration)`] : because),
        ...refused,
      ];
    case 'forget':
      return [`${name} will no longer be managed by pj, but will not be destroyed`, ...refused];
    case 'no-op':
      return change.previous_address === undefined ? [] : [`${safe(change.previous_address)} has moved to ${name}`];
    case 'restart':
      return [`${name} will be restarted${inline}`, ...moved, ...refused];
    case 'start':
      return [`${name} will be started${inline}`, ...moved, ...refused];
    case 'stop':
      return [`${name} will be stopped${inline}`, ...moved, ...refused];
    case 'pause':
      return [`${name} will be paused${inline}`, ...moved, ...refused];
    case 'resume':
      return [`${name} will be resumed${inline}`, ...moved, ...refused];
    case 'wait':
      return [`${name} will be waited for${inline}`, ...moved, ...refused];
  }
}

/** An update of what does not run may start it; a job does its work again. */
function andStarted(change: ResourceChangeJson, why: string): string {
  if (!change.pj.steps.some((step) => step.startsWith('start '))) return '';
  const isJob = change.change.after !== null && at(change.change.after, '/native/type') === 'job';
  return `${isJob ? ' and run again' : ' and started'}${why}`;
}

function replaceHeader(name: string, change: ResourceChangeJson): string {
  switch (change.action_reason) {
    case 'replace_because_tainted':
      return `${name} is tainted, so must be replaced`;
    case 'replace_by_request':
      return `${name} will be replaced, as requested`;
    case 'replace_by_triggers':
      return `${name} will be replaced due to changes in replace_triggered_by`;
    default:
      return `${name} must be replaced`;
  }
}
