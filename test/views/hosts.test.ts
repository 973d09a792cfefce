import { describe, expect, it } from 'vitest';
import { dependencyGraph, graphToText } from '../../src/views/graph.ts';
import { planToJson } from '../../src/views/plan-json.ts';
import { planToMarkdown } from '../../src/views/plan-markdown.ts';
import { planToText } from '../../src/views/plan-text.ts';
import { app, hostRules, jvm } from '../planner/host-scene.ts';
import { planOf, recorded, seen } from '../planner/scene.ts';
import { expectWholeMarkdown } from './markdown-check.ts';
import { NOW } from './plan-fixtures.ts';
import { keepsTo } from './schema.ts';

const shop = app('shop', 'jvm.default', { dependencies: ['bus'] });
const bus = app('bus', 'jvm.default');
const host = jvm('jvm.default');
const before = {
  rules: hostRules,
  records: [host, bus, shop].map((one) => recorded(one)),
  observed: [host, bus, shop].map((one) => seen(one.id, 'running')),
};
const restart = planOf({ ...before, desired: [jvm('jvm.default', { heap: 2 ** 28 }), bus, shop] });

describe('a host JVM that restarts', () => {
  it('is told with every application that goes down with it, to people', async () => {
    expect(await planToText(restart, { mode: 'default', width: 80, now: NOW })).toMatchInlineSnapshot(`
      "pj used the selected providers to generate the following execution plan.
      Resource actions are indicated with the following symbols:
        ~ update in-place

      pj will perform the following actions:

        # pj_java.bus will be restarted (pj_jvm.jvm__default is restarted)
        ~ resource "pj_java" "bus" {
              id = "bus"
              # (1 unchanged attribute hidden)
          }

        # pj_java.shop will be restarted (pj_jvm.jvm__default is restarted)
        ~ resource "pj_java" "shop" {
              id = "shop"
              # (1 unchanged attribute hidden)
          }

        # pj_jvm.jvm__default will be restarted
        ~ resource "pj_jvm" "jvm__default" {
              id  = "jvm.default"
            ~ jvm = {
                + heap = 268435456 # 256 MiB, forces restart
              }
          }

      Plan: 0 to add, 3 to change, 0 to destroy.
      Restarts: pj_java.bus, pj_jvm.jvm__default, pj_java.shop

      Steps, in waves that run side by side:
        1. stop shop
        2. stop bus
        3. stop jvm.default
        4. update jvm.default
        5. start jvm.default
        6. start bus
        7. start shop
      "
    `);
  });

  it('in a comment', async () => {
    const text = await planToMarkdown(restart, { now: NOW });
    expectWholeMarkdown(text);
    const table = text.split('\n').filter((line) => line.startsWith('|') || line.startsWith('**'));
    expect(table.join('\n')).toMatchInlineSnapshot(`
      "**Plan: 0 to add, 3 to change, 0 to destroy. 3 restart.**
      | | workload | action | cause | downtime |
      | --- | --- | --- | --- | --- |
      | \`~\` | \`pj_java.bus\` | restart | pj\\_jvm.jvm\\_\\_default is restarted | restarts |
      | \`~\` | \`pj_java.shop\` | restart | pj\\_jvm.jvm\\_\\_default is restarted | restarts |
      | \`~\` | \`pj_jvm.jvm__default\` | restart | jvm/heap changed | restarts |"
    `);
  });

  it('to programs', async () => {
    const json = planToJson(restart, { timestamp: NOW.toISOString() });
    (await keepsTo('plan'))(json);
    const told = json.resource_changes.map(({ address, type, change, pj }) => ({
      address,
      type,
      actions: change.actions,
      downtime: pj.downtime,
      causes: pj.causes,
    }));
    expect(told).toMatchInlineSnapshot(`
      [
        {
          "actions": [
            "update",
          ],
          "address": "pj_java.bus",
          "causes": [
            {
              "type": "dependency",
              "what": "restarted",
              "workload": "jvm.default",
            },
          ],
          "downtime": true,
          "type": "pj_java",
        },
        {
          "actions": [
            "update",
          ],
          "address": "pj_java.shop",
          "causes": [
            {
              "type": "dependency",
              "what": "restarted",
              "workload": "jvm.default",
            },
          ],
          "downtime": true,
          "type": "pj_java",
        },
        {
          "actions": [
            "update",
          ],
          "address": "pj_jvm.jvm__default",
          "causes": [
            {
              "type": "configured",
            },
          ],
          "downtime": true,
          "type": "pj_jvm",
        },
      ]
    `);
    expect(json.pj.effects).toMatchInlineSnapshot(`
      {
        "goes_down": [],
        "loses_data": [],
        "refused": [],
        "restarts": [
          "bus",
          "jvm.default",
          "shop",
        ],
        "stays_down": [],
      }
    `);
  });
});

describe('a host JVM', () => {
  it('that is left out of a plan with its applications is warned of', async () => {
    const alone = planOf({
      ...before,
      desired: [jvm('jvm.default', { heap: 2 ** 28 }), bus, shop],
      options: { targets: ['jvm.default'] },
    });
    const text = await planToText(alone, { mode: 'summary', width: 100, now: NOW });
    expect(text).toMatchInlineSnapshot(`
      "  ~  pj_jvm.jvm__default  restart  goes down; jvm/heap changed

      Plan: 0 to add, 1 to change, 0 to destroy.
      Restarts: pj_jvm.jvm__default
      Warning: --target and --exclude narrow this plan down: what it leaves out is not compared to the
        descriptors (PJ2037)
      Warning: pj_java.bus: goes down with jvm.default, in which it runs and which is restarted: this plan
        leaves it out (PJ2039)
      Warning: pj_java.shop: goes down with jvm.default, in which it runs and which is restarted: this
        plan leaves it out (PJ2039)
      "
    `);
  });

  it('that died comes back with its applications, each with the reason', async () => {
    const detail = { detail: 'its JVM jvm.default does not run' };
    const died = planOf({
      ...before,
      desired: [host, bus, shop],
      observed: [
        seen('jvm.default', 'dead', { detail: 'killed by SIGKILL' }),
        seen('bus', 'dead', detail),
        seen('shop', 'dead', detail),
      ],
    });
    expect(await planToText(died, { mode: 'default', width: 100, now: NOW })).toMatchInlineSnapshot(`
      "Note: Objects have changed outside of pj

      pj detected the following changes made outside of pj since the last "pj apply". All of them are
      shown:

        # pj_java.bus has stopped
        # (it went down: its JVM jvm.default does not run)
        ~ resource "pj_java" "bus" {
              id = "bus"
              # (1 unchanged attribute hidden)
          }

        # pj_java.shop has stopped
        # (it went down: its JVM jvm.default does not run)
        ~ resource "pj_java" "shop" {
              id = "shop"
              # (1 unchanged attribute hidden)
          }

        # pj_jvm.jvm__default has stopped
        # (it died outside pj: killed by SIGKILL)
        ~ resource "pj_jvm" "jvm__default" {
              id = "jvm.default"
              # (1 unchanged attribute hidden)
          }

      Unless you have made equivalent changes to your configuration, or ignored the relevant paths using
      ignoreChanges, the following plan may include actions to undo or respond to these changes.

      ------------------------------------------------------------------------------

      pj used the selected providers to generate the following execution plan. Resource actions are
      indicated with the following symbols:
        ~ update in-place

      pj will perform the following actions:

        # pj_java.bus will be started (it went down: its JVM jvm.default does not run)
        ~ resource "pj_java" "bus" {
              id = "bus"
              # (1 unchanged attribute hidden)
          }

        # pj_java.shop will be started (it went down: its JVM jvm.default does not run)
        ~ resource "pj_java" "shop" {
              id = "shop"
              # (1 unchanged attribute hidden)
          }

        # pj_jvm.jvm__default will be started (it died outside pj: killed by SIGKILL)
        ~ resource "pj_jvm" "jvm__default" {
              id = "jvm.default"
              # (1 unchanged attribute hidden)
          }

      Plan: 0 to add, 3 to change, 0 to destroy.

      Steps, in waves that run side by side:
        1. start jvm.default
        2. start bus
        3. start shop
      "
    `);
  });

  it('is a node of the graph', () => {
    expect(graphToText(dependencyGraph('shop', [host, bus, shop]), 'mermaid')).toMatchInlineSnapshot(`
      "flowchart LR
        n0["pj_java.bus"]
        n1["pj_jvm.jvm__default"]
        n2["pj_java.shop"]
        n0 -->|"restart"| n1
        n2 --> n0
        n2 -->|"restart"| n1
      "
    `);
  });
});
