import type { Event } from '../model/event.ts';
import type { Kind } from '../model/workload.ts';
import { address } from './address.ts';
import { type Ending, endSentence, nextCommand } from './apply-summary.ts';
import { eventLines } from './apply-text.ts';
import { changeJson, driftJson } from './change-json.ts';
import type { ChangeSummary, UiBase, UiBody, UiLine, UiResource } from './event-line-types.ts';
import { jsonText } from './json-text.ts';
import { paintWith } from './paint.ts';
import { byAddress, TERRAFORM_SHAPE } from './plan-json.ts';
import type { ResourceChangeJson, ResourceDriftJson } from './plan-json-types.ts';
import { planSentence } from './plan-sentences.ts';
import { stepBody, uiResource } from './step-body.ts';

/** The version of the machine-readable UI that the lines follow. */
const UI_VERSION = '1.2';

const PLAIN = paintWith(undefined);

export interface EncoderOptions {
  /** What is run; a plan's own mode tells a destroy too. */
  operation: 'plan' | 'apply' | 'destroy';
  /** The imperative command, where it is one. */
  ending?: Ending | undefined;
  /** pj's own version. */
  version: string;
  /** The clock for `@timestamp`. */
  now(): Date;
}

/** Turns one run's events into lines. */
export interface EventEncoder<Line> {
  /** What the stream begins with, before any event: the `version` line. */
  begin(): Line[];
  event(event: Event): Line[];
}

/** The stream as text, one JSON object a line, without newlines. */
export function eventsToJson(options: EncoderOptions): EventEncoder<string> {
  const encoder = eventEncoder(options);
  return {
    begin: () => encoder.begin().map((line) => jsonText(line)),
    event: (event) => encoder.event(event).map((line) => jsonText(line)),
  };
}

/**
 * The stream as objects, in the shape of Terraform's machine-readable UI. It remembers the plan, for addresses and so that
 * nothing planned is told twice; planned changes come in the order of their addresses.
 */
export function eventEncoder(options: EncoderOptions): EventEncoder<UiLine> {
  const kinds = new Map<string, Kind>();
  const told = { drift: new Set<string>(), change: new Set<string>() };
  let operation: 'apply' | 'destroy' = options.operation === 'destroy' ? 'destroy' : 'apply';

  const line = (message: string, body: UiBody, level: UiBase['@level'] = 'info'): UiLine => ({
    '@level': level,
    '@message': message,
    '@module': 'pj.ui',
    '@timestamp': options.now().toISOString(),
    ...body,
  });
  const addressOf = (id: string): string => {
    const kind = kinds.get(id);
    return kind === undefined ? id : address(kind, id);
  };
  const resource = (id: string): UiResource => uiResource(id, kinds.get(id));
  const messageOf = (event: Event): string =>
    eventLines(event, { addressOf, paint: PLAIN, now: options.now() })
      .filter((l) => l !== '')
      .join('\n');

  const driftLine = (json: ResourceDriftJson): UiLine => {
    told.drift.add(json.pj.id);
    const action = json.pj.what === 'gone' ? ('delete' as const) : ('update' as const);
    const change = { resource: uiResource(json.pj.id, json.pj.kind), action };
    const message = `${json.address}: Drift detected (${json.pj.what})`;
    return line(message, { type: 'resource_drift', change, pj: { ...json.pj, change: json.change } });
  };
  const changeLine = (json: ResourceChangeJson): UiLine => {
    told.change.add(json.pj.id);
    const action = uiAction(json);
    const reason = uiReason(json);
    const previous = json.pj.previous_id;
    const change = {
      resource: uiResource(json.pj.id, json.pj.kind),
      ...(previous !== undefined && { previous_resource: uiResource(previous, json.pj.kind) }),
      action,
      ...(reason !== undefined && { reason }),
    };
    const pj = { ...json.pj, change: json.change };
    return line(`${json.address}: Plan to ${action}`, { type: 'planned_change', change, pj });
  };
  const summaryLine = (message: string, summary: ChangeSummary, pj: object): UiLine =>
    line(message, { type: 'change_summary', changes: summary, pj });

  const encode = (event: Event): UiLine[] => {
    switch (event.type) {
      case 'log':
        return [
          line(
            event.message,
            { type: 'log', ...(event.workload !== undefined && { resource: resource(event.workload) }) },
            event.level,
          ),
        ];
      case 'diagnostic': {
        const { severity, summary, detail, code, workload } = event;
        const diagnostic = {
          severity,
          summary,
          detail: detail ?? '',
          ...(workload !== undefined && { address: addressOf(workload) }),
          code,
        };
        const level = severity === 'error' ? 'error' : 'warn';
        return [line(messageOf(event), { type: 'diagnostic', diagnostic }, level)];
      }
      case 'lock_waiting':
      case 'lock_taken_over': {
        const lock = { holder: event.holder, since: event.since, operation: event.operation };
        return [line(messageOf(event), { type: event.type, lock }, event.type === 'lock_waiting' ? 'info' : 'warn')];
      }
      case 'recovered': {
        const { workload, action, verdict, detail } = event;
        const recovered = { action, verdict, ...(detail !== undefined && { detail }) };
        return [line(messageOf(event), { type: 'recovered', resource: resource(workload), recovered })];
      }
      case 'refresh_start':
        return [line(messageOf(event), { type: 'refresh_start', pj: { workloads: event.workloads } })];
      case 'refresh_complete': {
        const pj = { workloads: event.workloads, elapsed_ms: Math.round(event.elapsedMs) };
        return [line(messageOf(event), { type: 'refresh_complete', pj })];
      }
      case 'drift_found': {
        kinds.set(event.drift.id, event.drift.kind);
        return told.drift.has(event.drift.id) ? [] : [driftLine(driftJson(event.drift))];
      }
      case 'change_planned': {
        const { change } = event;
        kinds.set(change.id, change.kind);
        if (told.change.has(change.id) || (change.action === 'no-op' && change.previousId === undefined)) return [];
        return [changeLine(changeJson(change))];
      }
      case 'plan_complete': {
        const { plan } = event;
        for (const change of plan.changes) kinds.set(change.id, change.kind);
        if (plan.mode === 'destroy') operation = 'destroy';
        const changes = plan.changes.filter((c) => c.action !== 'no-op' || c.previousId !== undefined);
        return [
          ...plan.drift
            .filter((d) => !told.drift.has(d.id))
            .map(driftJson)
            .sort(byAddress)
            .map(driftLine),
          ...changes
            .filter((c) => !told.change.has(c.id))
            .map(changeJson)
            .sort(byAddress)
            .map(changeLine),
          ...plan.warnings.map((w): UiLine => {
            const diagnostic = {
              severity: 'warning' as const,
              summary: w.message,
              detail: '',
              ...(w.workload !== undefined && { address: addressOf(w.workload) }),
              code: w.code,
            };
            return line(`Warning: ${w.message} (${w.code})`, { type: 'diagnostic', diagnostic }, 'warn');
          }),
          summaryLine(planSentence(plan.summary), summaryOf(plan.summary, 'plan'), {
            waves: plan.waves.length,
            steps: plan.steps.length,
          }),
        ];
      }
      case 'step_start':
      case 'step_progress':
      case 'step_complete':
      case 'step_errored':
      case 'step_skipped':
        return [
          line(
            messageOf(event),
            stepBody(event, resource(event.step.workload)),
            event.type === 'step_errored' ? 'error' : 'info',
          ),
        ];
      case 'rollback': {
        const { workload, phase, message } = event;
        const rollback = { phase, ...(message !== undefined && { message }) };
        const level = phase === 'failed' ? 'error' : 'info';
        return [line(messageOf(event), { type: 'rollback', resource: resource(workload), rollback }, level)];
      }
      case 'interrupting': {
        const { running, count } = event;
        return [line(messageOf(event), { type: 'interrupting', pj: { running, count } }, 'warn')];
      }
      case 'apply_complete': {
        const { result } = event;
        const count = (outcome: string) => result.steps.filter((s) => s.outcome === outcome).length;
        const steps = {
          done: count('done'),
          failed: count('failed'),
          skipped: count('skipped'),
          not_started: count('not-started'),
        };
        const given = options.ending;
        const ending: Ending = given === undefined || given.verb === 'apply' ? { ...given, verb: operation } : given;
        const next = nextCommand(result, ending);
        return [
          summaryLine(endSentence(result, ending), summaryOf(result.summary, operation), {
            outcome: result.outcome,
            steps,
            rolled_back: result.rolledBack,
            elapsed_ms: Math.round(result.elapsedMs),
            ...(next !== undefined && { next }),
          }),
        ];
      }
    }
  };
  const version: UiBody = { type: 'version', pj: options.version, terraform: TERRAFORM_SHAPE, ui: UI_VERSION };
  return { begin: () => [line(`pj ${options.version}`, version)], event: encode };
}

/** The stream's own words for actions; they differ from those of the plan's JSON. */
function uiAction(json: ResourceChangeJson): 'create' | 'update' | 'replace' | 'delete' | 'remove' | 'move' {
  switch (json.pj.action) {
    case 'create':
      return 'create';
    case 'replace':
    case 'create-before-destroy':
      return 'replace';
    case 'delete':
      return 'delete';
    case 'forget':
      return 'remove';
    case 'no-op':
      return 'move';
    default:
      return 'update';
  }
}

function uiReason(json: ResourceChangeJson): string | undefined {
  switch (json.action_reason) {
    case 'replace_because_cannot_update':
      return 'cannot_update';
    case 'replace_because_tainted':
      return 'tainted';
    case 'replace_by_request':
      return 'requested';
    case 'replace_by_triggers':
      return 'replace_triggered_by';
    default:
      return json.action_reason;
  }
}

function summaryOf(
  summary: { add: number; change: number; destroy: number; forget: number },
  operation: ChangeSummary['operation'],
): ChangeSummary {
  const { add, change, destroy, forget } = summary;
  return { add, change, import: 0, remove: destroy, forget, operation };
}
