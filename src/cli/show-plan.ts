import type { Plan } from '../model/plan.ts';
import { shellWord } from '../model/shell-word.ts';
import { planToText } from '../views/plan-text.ts';
import { wrap } from '../views/width.ts';
import { tellEmpty } from './empty-project.ts';
import type { Terminal } from './terminal.ts';

/** How a plan is shown. */
export interface ShowPlanFlags {
  format?: string | undefined;
  summary: boolean;
  full: boolean;
  /** Where it was saved, if it was. */
  out?: string | undefined;
  /** The project's directory, where one was named. */
  dir?: string | undefined;
  /** It is a saved one that is looked at: nothing to be said of saving. */
  saved?: boolean;
}

/** True when there is something to do: steps, renames, or for a refresh-only plan drift. */
export function hasChanges(plan: Plan): boolean {
  if (plan.mode === 'refresh-only') return plan.drift.length > 0;
  return (
    plan.steps.length > 0 || plan.changes.some((change) => change.action !== 'no-op' || change.previousId !== undefined)
  );
}

/** Shows a plan in the format asked for; for people with how to go on. */
export async function showPlan(plan: Plan, flags: ShowPlanFlags, terminal: Terminal): Promise<void> {
  switch (flags.format ?? 'human') {
    case 'json': {
      const [{ planToJson }, { jsonText }] = await Promise.all([
        import('../views/plan-json.ts'),
        import('../views/json-text.ts'),
      ]);
      terminal.out(`${jsonText(planToJson(plan, { timestamp: new Date().toISOString() }))}\n`);
      return;
    }
    case 'markdown': {
      const { planToMarkdown } = await import('../views/plan-markdown.ts');
      terminal.out(await planToMarkdown(plan, { now: new Date() }));
      return;
    }
    default:
      terminal.out(await planText(plan, flags, terminal));
      if (flags.saved !== true) tellEnd(plan, flags, terminal);
  }
}

/** The plan for people. */
export async function planText(
  plan: Plan,
  flags: { summary: boolean; full: boolean },
  terminal: Terminal,
): Promise<string> {
  const mode = flags.full ? 'full' : flags.summary ? 'summary' : 'default';
  return planToText(plan, { ...(await terminal.screen()), mode });
}

function tellEnd(plan: Plan, flags: ShowPlanFlags, terminal: Terminal): void {
  terminal.out(planEnd(plan, flags, Math.max(40, terminal.width())));
  tellEmpty(plan, flags.dir, terminal);
}

/** What Terraform says below a plan: how to apply it, or that it was not saved. */
function planEnd(plan: Plan, { out, dir }: ShowPlanFlags, width: number): string {
  if (!hasChanges(plan)) return '';
  const rule = `\n${'-'.repeat(Math.min(width, 78))}\n\n`;
  if (out !== undefined) {
    return `${rule}Saved the plan to: ${out}\n\nTo perform exactly these actions, run the following command to apply:\n    pj apply ${[...(dir === undefined ? [] : ['--dir', dir]), out].map(shellWord).join(' ')}\n`;
  }
  if (plan.mode === 'refresh-only') return '';
  const note =
    'Note: You didn\'t use the --out option to save this plan, so pj can\'t guarantee to take exactly these actions if you run "pj apply" now.';
  return `${rule}${wrap(note, width).join('\n')}\n`;
}
