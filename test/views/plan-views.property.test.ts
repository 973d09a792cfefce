import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { graphToText, stepGraph } from '../../src/views/graph.ts';
import { jsonText } from '../../src/views/json-text.ts';
import { diffPlans, planDiffToText } from '../../src/views/plan-diff.ts';
import { planToJson } from '../../src/views/plan-json.ts';
import { COMMENT_LIMIT, planToMarkdown } from '../../src/views/plan-markdown.ts';
import { planToText } from '../../src/views/plan-text.ts';
import { expectWholeMarkdown } from './markdown-check.ts';
import { anyPlan } from './plan-arbitrary.ts';
import { NOW } from './plan-fixtures.ts';
import { keepsTo } from './schema.ts';

/** What must never reach a terminal: controls but newline and tab, and what reorders or hides text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not get through
const STEERING = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/;
const screen = { width: 80, now: NOW };
const runs = { numRuns: 150 };

describe('for any plan at all', () => {
  it('the text never throws, holds nothing that steers a terminal, and is the same from the JSON form', async () => {
    await fc.assert(
      fc.asyncProperty(anyPlan, fc.constantFrom('default', 'summary', 'full'), async (plan, mode) => {
        const text = await planToText(plan, { ...screen, mode });
        expect(text).not.toMatch(STEERING);
        const json = JSON.parse(JSON.stringify(planToJson(plan, { timestamp: NOW.toISOString() })));
        expect(await planToText(json, { ...screen, mode })).toBe(text);
      }),
      runs,
    );
  });

  it('the JSON keeps to its schema, and its text holds nothing that steers a terminal', async () => {
    const check = await keepsTo('plan');
    fc.assert(
      fc.property(anyPlan, (plan) => {
        const json = planToJson(plan, { timestamp: NOW.toISOString() });
        check(json);
        const text = jsonText(json, 2);
        expect(text).not.toMatch(STEERING);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(json)));
      }),
      runs,
    );
  });

  it('the markdown is never too long, its fences and folds close, and no table cell breaks', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyPlan,
        fc.oneof(fc.constant(COMMENT_LIMIT), fc.integer({ min: 2500, max: 6000 })),
        async (plan, limit) => {
          const text = await planToMarkdown(plan, { now: NOW, limit });
          expect(text.length).toBeLessThanOrEqual(limit);
          expect(text).not.toMatch(STEERING);
          expectWholeMarkdown(text);
        },
      ),
      runs,
    );
  });

  it('a plan does not differ from itself, and the diff of two is safe text', () => {
    fc.assert(
      fc.property(anyPlan, anyPlan, (a, b) => {
        expect(diffPlans(a, a).same).toBe(true);
        expect(planDiffToText(diffPlans(a, b), { ...screen, names: ['a', 'b'] })).not.toMatch(STEERING);
      }),
      runs,
    );
  });

  it('every graph is safe text', () => {
    fc.assert(
      fc.property(anyPlan, (plan) => {
        for (const format of ['dot', 'mermaid', 'json'] as const)
          expect(graphToText(stepGraph(plan), format)).not.toMatch(STEERING);
      }),
      runs,
    );
  });
});
