import type { PlanSummary } from '../model/plan.ts';
import type { PlanDocument } from './plan-document.ts';

/** `Plan: 1 to add, 2 to change, 0 to destroy.`, byte for byte as Terraform has it (and OpenTofu, with `, N to forget`): review tools parse it. */
export function planSentence(summary: PlanSummary): string {
  const forget = summary.forget > 0 ? `, ${summary.forget} to forget` : '';
  return `Plan: ${summary.add} to add, ${summary.change} to change, ${summary.destroy} to destroy${forget}.`;
}

/** The sentence for a plan that does nothing, byte for byte as Terraform has it for each mode, and what it means. */
export function noChangesSentences(document: PlanDocument): [sentence: string, meaning: string] {
  const drifted = document.drift.length > 0;
  if (document.pj.mode === 'refresh-only')
    return [
      'No changes. Your infrastructure still matches the configuration.',
      'pj has checked that what runs still matches the result of your most recent changes, and found no differences.',
    ];
  if (document.pj.mode === 'destroy')
    return [
      'No changes. No objects need to be destroyed.',
      'Either you have not created any workloads yet or the existing ones were already destroyed outside of pj.',
    ];
  return [
    'No changes. Your infrastructure matches the configuration.',
    drifted
      ? 'Your configuration already allows for the changes detected above, so applying this plan will not change anything that runs.'
      : 'pj has compared what runs against your configuration and found no differences, so no changes are needed.',
  ];
}

/** True where apply would do nothing. */
export function isEmpty(document: PlanDocument): boolean {
  return document.changes.length === 0 && document.pj.steps.length === 0;
}
