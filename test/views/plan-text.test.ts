import { Chalk } from 'chalk';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../src/model/json.ts';
import type { Plan } from '../../src/model/plan.ts';
import { planToJson } from '../../src/views/plan-json.ts';
import { type PlanTextOptions, planToText } from '../../src/views/plan-text.ts';
import { change, difference, minutesAgo, NOW, planOf, richPlan, secret, spec } from './plan-fixtures.ts';

const show = (plan: Plan, more: Partial<PlanTextOptions> = {}): Promise<string> =>
  planToText(plan, { mode: 'default', width: 80, now: NOW, ...more });
const native = (args: string[], more = {}) => spec({ native: { command: 'node', args }, ...more });

describe('a plan for people', () => {
  it('shows everything in the manner of Terraform', async () => {
    expect(await show(richPlan())).toMatchInlineSnapshot(`
      "Note: Objects have changed outside of pj

      pj detected the following changes made outside of pj since the last "pj apply".
      All of them are shown:

        # pj_native.cache has been deleted
        # (was destroyed outside pj 3 min ago)
        - resource "pj_native" "cache" {
            - id        = "cache" -> null
            - native    = {
                - args    = [
                    - "cache.js",
                  ]
                - command = "node"
              } -> null
            - resources = {
                - memory = 268435456 # 256 MiB
              } -> null
          }

        # pj_native.db has changed
        ~ resource "pj_native" "db" {
              id        = "db"
            ~ resources = {
                ~ cpu = 2 -> 8
              }
              # (1 unchanged attribute hidden)
          }

        # pj_native.worker has stopped
        # (it died outside pj 3 min ago: exited 137 (SIGKILL))
        ~ resource "pj_native" "worker" {
              id = "worker"
              # (1 unchanged attribute hidden)
          }

      Unless you have made equivalent changes to your configuration, or ignored the
      relevant paths using ignoreChanges, the following plan may include actions to
      undo or respond to these changes.

      ------------------------------------------------------------------------------

      pj used the selected providers to generate the following execution plan.
      Resource actions are indicated with the following symbols:
        + create
        ~ update in-place
        - destroy
      -/+ destroy and then create replacement
      +/- create replacement and then destroy

      pj will perform the following actions:

        # pj_native.api will be restarted
        ~ resource "pj_native" "api" {
            ~ env    = {
                ~ DB_URL = "http://10.0.0.1" -> (known after apply) # pj_native.db is replaced
                ~ TOKEN  = (sensitive, changed #a1b2 -> #c3d4) # forces restart
                  # (1 unchanged element hidden)
              }
              id     = "api"
            ~ native = {
                ~ args = [
                      # (1 unchanged element hidden)
                      "--port",
                    - "8080",
                    + "8081",
                      "--verbose",
                  ] # forces restart
                  # (1 unchanged attribute hidden)
              }
              # (1 unchanged attribute hidden)
          }

        # pj_native.cache will be created
        # (was destroyed outside pj 3 min ago)
        + resource "pj_native" "cache" {
            + id        = "cache"
            + native    = {
                + args    = [
                    + "cache.js",
                  ]
                + command = "node"
              }
            + resources = {
                + memory = 268435456 # 256 MiB
              }
          }

        # pj_native.conf will be updated in-place
        ~ resource "pj_native" "conf" {
            ~ env = {
                ~ CONF = <<-EOT
                      listen: 5432
                    - max: 100
                    + max: 200
                  EOT
                ~ JSON = jsonencode(
                    ~ {
                        ~ port = 80 -> 81
                          # (1 unchanged attribute hidden)
                      }
                  )
                  # (1 unchanged element hidden)
              }
              id  = "conf"
              # (1 unchanged attribute hidden)
          }

        # pj_native.db must be replaced
      -/+ resource "pj_native" "db" {
              id        = "db"
            ~ native    = {
                ~ command = "db-15" -> "db-16" # forces replacement
                  # (1 unchanged attribute hidden)
              }
            ~ resources = {
                ~ cpu = 8 -> 2 # changed outside pj
              }
          }

        # pj_native.legacy will no longer be managed by pj, but will not be destroyed
        . resource "pj_native" "legacy" {
              id = "legacy"
              # (1 unchanged attribute hidden)
          }

        # pj_native.old will be destroyed
        # (because pj_native.old is not in configuration)
        - resource "pj_native" "old" {
            - env    = {
                - PASSWORD = (sensitive value)
              } -> null
            - id     = "old" -> null
            - native = {
                - args    = [
                    - "old.js",
                  ]
                - command = "node"
              } -> null
          }

        # pj_native.shop__web-0 will be replaced, as requested
        # (requested by --replace)
      +/- resource "pj_native" "shop__web-0" {
              id = "shop.web-0"
              # (1 unchanged attribute hidden)
          }

        # pj_native.worker will be started (it died outside pj 3 min ago: exited 137 (SIGKILL))
        ~ resource "pj_native" "worker" {
              id = "worker"
              # (1 unchanged attribute hidden)
          }

      Plan: 3 to add, 3 to change, 3 to destroy, 1 to forget.
      Restarts: pj_native.api
      Goes down for a while: pj_native.db
      Goes down and stays down: pj_native.old
      Data is lost: pj_native.db: volume data (ephemeral)
      Warning: pj_native.api: memory is not held by the kernel here (PJ2101)

      Steps, in waves that run side by side:
        1. stop api, create cache, update conf, stop db, forget legacy, stop old,
           create shop.web-0, start worker
        2. update api, start cache, destroy db, destroy old, start shop.web-0
        3. start api, create db, stop shop.web-0
        4. start db, destroy shop.web-0
      "
    `);
  });

  it('is one line a workload as a summary', async () => {
    expect(await show(richPlan(), { mode: 'summary', width: 120 })).toMatchInlineSnapshot(`
      "  ~  pj_native.api          restart                  goes down; pj_native.db is replaced; env/TOKEN, native/args/1 ch...
        +  pj_native.cache        create                   was destroyed outside pj 3 min ago
        ~  pj_native.conf         update                   env/CONF, env/JSON changed
      -/+  pj_native.db           replace                  LOSES DATA; goes down; native/command changed
        .  pj_native.legacy       forget
        -  pj_native.old          destroy                  goes down for good; not in configuration
      +/-  pj_native.shop__web-0  replace (new one first)  requested by --replace
        ~  pj_native.worker       start                    it died outside pj 3 min ago: exited 137 (SIGKILL)

      Plan: 3 to add, 3 to change, 3 to destroy, 1 to forget.
      Restarts: pj_native.api
      Goes down for a while: pj_native.db
      Goes down and stays down: pj_native.old
      Data is lost: pj_native.db: volume data (ephemeral)
      Warning: pj_native.api: memory is not held by the kernel here (PJ2101)
      "
    `);
  });

  it('hides nothing in full', async () => {
    const full = await show(richPlan(), { mode: 'full' });
    expect(full).not.toContain('hidden)');
    expect(full).toContain('Unchanged: pj_native.quiet\n');
    expect(full).toContain('            MODE   = "production"\n');
  });

  it('says the same of the JSON form, written and read back', async () => {
    const json = JSON.parse(JSON.stringify(planToJson(richPlan(), { timestamp: NOW.toISOString() })));
    for (const mode of ['default', 'summary', 'full'] as const)
      expect(await planToText(json, { mode, width: 80, now: NOW })).toBe(await show(richPlan(), { mode }));
  });

  it('colours nothing without chalk, and only adds codes with it', async () => {
    const coloured = await show(richPlan(), { chalk: new Chalk({ level: 1 }) });
    const plain = await show(richPlan());
    expect(coloured).not.toBe(plain);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colour codes
    expect(coloured.replace(/\u001b\[[\d;]*m/g, '')).toBe(plain);
    expect(plain).toMatch(/^[\n\x20-\x7e]*$/);
  });

  it("tells each mode that nothing changes with Terraform's own sentence", async () => {
    const quiet = [change('a', 'no-op', { before: {}, after: {} })];
    expect((await show(planOf(quiet))).split('\n')[0]).toBe(
      'No changes. Your infrastructure matches the configuration.',
    );
    expect((await show(planOf(quiet, { mode: 'refresh-only' }))).split('\n')[0]).toBe(
      'No changes. Your infrastructure still matches the configuration.',
    );
    expect((await show(planOf([], { mode: 'destroy' }))).split('\n')[0]).toBe(
      'No changes. No objects need to be destroyed.',
    );
  });

  it('shows drift of a refresh-only plan without claiming that nothing changed', async () => {
    const text = await show(planOf([], { mode: 'refresh-only', drift: richPlan().drift }));
    expect(text).toContain('  # pj_native.db has changed\n');
    expect(text).toContain('This is a refresh-only plan, so pj will not take any actions to undo these.');
    expect(text).not.toContain('No changes.');
  });

  it('tells what is refused, why, and every warning', async () => {
    const refused = { code: 'PJ2001', message: 'lifecycle.preventDestroy is set' };
    const text = await show(
      planOf([change('db', 'delete', { before: native([]), causes: [{ type: 'removed' }], refused })], {
        warnings: [{ code: 'PJ2100', message: 'first\nsecond' }],
      }),
    );
    expect(text).toContain(
      '  # pj_native.db will be destroyed\n  # (because pj_native.db is not in configuration)\n  # (refused: lifecycle.preventDestroy is set)\n',
    );
    expect(text).toContain('Refused: pj_native.db: lifecycle.preventDestroy is set (PJ2001)\n');
    expect(text).toContain('Warning: first (PJ2100)\n  second\n');
  });

  it('words imperative and waiting steps with their cause', async () => {
    const both = { before: native([]), after: native([]) };
    const text = await show(
      planOf([
        change('a', 'stop', { ...both, causes: [{ type: 'requested', by: 'pj stop' }], downtime: true }),
        change('b', 'wait', { ...both, causes: [{ type: 'unhealthy' }] }),
        change('c', 'pause', { ...both, causes: [{ type: 'desiredState', from: 'running', to: 'paused' }] }),
        change('d', 'resume', both),
        change('e', 'start', { ...both, causes: [{ type: 'interrupted' }] }),
      ]),
    );
    expect(text).toContain('# pj_native.a will be stopped (requested by pj stop)\n');
    expect(text).toContain('# pj_native.b will be waited for (it is not healthy yet)\n');
    expect(text).toContain('# pj_native.c will be paused (desiredState: running -> paused)\n');
    expect(text).toContain('# pj_native.d will be resumed\n');
    expect(text).toContain('# pj_native.e will be started (its last step was interrupted)\n');
    expect(text).toContain('Goes down and stays down: pj_native.a\n');
  });

  it('tells who stopped it, and when', async () => {
    const causes = [
      { type: 'desiredState' as const, from: 'stopped', to: 'running', by: 'pj stop', at: minutesAgo(2) },
    ];
    const both = { before: native([]), after: native([]) };
    const text = await show(planOf([change('a', 'start', { ...both, causes })]));
    expect(text).toContain('# pj_native.a will be started (stopped by pj stop 2 min ago)\n');
  });

  it('shows what changes of dependencies and lifecycle, which no spec holds', async () => {
    const dependency = (leaf: string, before: Json) =>
      difference(`/dependencies/db/${leaf}`, { before, updateClass: 'live' });
    const differences = [
      dependency('condition', 'started'),
      dependency('optional', false),
      difference('/lifecycle/preventDestroy', { before: true, after: false, updateClass: 'live' }),
    ];
    const both = { before: native([]), after: native([]) };
    const plan = planOf([change('a', 'update', { ...both, differences })]);
    const text = await show(plan);
    expect(text).toContain('      - dependencies = {\n          - db = {\n              - condition = "started"\n');
    expect(text).toContain('          ~ preventDestroy = true -> false\n');
    expect(text).not.toContain('optional');
    const summary = await show(plan, { mode: 'summary' });
    expect(summary).toContain('dependencies/db, lifecycle/preventDestroy changed');
  });

  it('says that an update runs a job again, or starts what does not run', async () => {
    const job = (arg: string) => spec({ native: { command: 'x', type: 'job', args: [arg] } });
    const plan = planOf([
      change('a', 'update', { before: job('1'), after: job('2') }),
      change('b', 'update', { before: native(['1']), after: native(['2']) }),
      change('c', 'update', { before: native(['1']), after: native(['2']) }),
    ]);
    for (const one of plan.changes) if (one.id !== 'c') one.steps = [`update ${one.id}`, `start ${one.id}`];
    const text = await show(plan);
    expect(text).toContain('# pj_native.a will be updated in-place and run again\n');
    expect(text).toContain('# pj_native.b will be updated in-place and started\n');
    expect(text).toContain('# pj_native.c will be updated in-place\n');
  });

  it('puts the reason below names that leave no room for it', async () => {
    const id = 'a-workload-with-quite-a-long-name-of-its-own';
    const plan = planOf([change(id, 'start', { before: native([]), causes: [{ type: 'interrupted' }] })]);
    const text = await show(plan, { mode: 'summary', width: 60 });
    expect(text).toContain(`  ~  pj_native.${id}  start\n        its last step was interrupted\n`);
  });

  it('shows a changed secret inside a list, and never a digest as a whole', async () => {
    const at = (digest: string) => spec({ native: { command: 'x', args: ['--token', { ...secret('t', digest) }] } });
    const text = await show(planOf([change('a', 'update', { before: at('aaaa9999'), after: at('bbbb9999') })]));
    expect(text).toContain('- (sensitive value),');
    expect(text).toContain('+ (sensitive value),');
    expect(text).not.toContain('9999');
  });

  it('shows long strings above each other, whitespace in JSON as such, and a heredoc whose text holds its delimiter', async () => {
    const env = (a: string, b: string, c: string) => spec({ env: { A: a, B: b, C: c } });
    const text = await show(
      planOf([
        change('a', 'update', {
          before: env('x'.repeat(101), '{"a":1}', 'EOT\n1'),
          after: env('y'.repeat(101), '{ "a": 1 }', 'EOT\n2'),
        }),
      ]),
    );
    expect(text).toContain(`              - ${'x'.repeat(101)}\n              + ${'y'.repeat(101)}\n`);
    expect(text).toContain('# whitespace changes');
    expect(text).toContain('<<-EOT_\n                EOT\n              - 1\n              + 2\n            EOT_\n');
  });

  it('says what bytes come to, beside why they change', async () => {
    const at = (memory: number) => spec({ resources: { memory } });
    const drifted = difference('/resources/memory', { cause: { type: 'drift', what: 'changed' } });
    const text = await show(
      planOf([change('a', 'update', { before: at(268_435_456), after: at(536_870_912), differences: [drifted] })]),
    );
    expect(text).toContain('~ memory = 268435456 -> 536870912 # 256 MiB -> 512 MiB, changed outside pj\n');
  });

  it('shows a value that changes its type', async () => {
    const text = await show(
      planOf([
        change('a', 'update', {
          before: spec({ java: { a: 'x', b: ['1'], c: { k: 1 }, d: 1 } }),
          after: spec({ java: { a: ['x'], b: null, c: [], d: '1' } }),
        }),
      ]),
    );
    expect(text).toContain('~ a = "x" -> [\n              + "x",\n            ]\n');
    expect(text).toContain('~ b = [\n              - "1",\n            ] -> null\n');
    expect(text).toContain('~ c = {\n              - k = 1\n            } -> []\n');
    expect(text).toContain('~ d = 1 -> "1"\n');
  });

  it('lets no control character of a value, an id or a message through', async () => {
    const evil = '\u001b[2J\u009b31m\u202etxt\r\u0007';
    const plan = planOf(
      [
        change(evil, 'update', {
          causes: [{ type: 'failed', error: evil }],
          differences: [difference('/env/A', { cause: { type: 'drift', what: 'changed', detail: evil } })],
          dataLoss: [evil],
          before: spec({ env: { A: evil, [evil]: '1', M: `a\n${evil}` }, native: { command: 'x', args: [evil] } }),
          after: spec({
            env: { A: `${evil}2`, [evil]: '2', M: `b\n${evil}` },
            native: { command: 'x', args: [evil, evil] },
          }),
          refused: { code: 'X', message: evil },
        }),
      ],
      { project: evil, warnings: [{ code: 'Y', message: evil, workload: evil }] },
    );
    for (const mode of ['default', 'summary', 'full'] as const)
      expect(await show(plan, { mode })).toMatch(/^[\n\x20-\x7e]*$/);
  });

  it('cuts many waves with a count, and not in full', async () => {
    const waves = Array.from({ length: 60 }, (_, i) => [`start w${i}`]);
    const plan = planOf([change('a', 'create', { after: {} })], { waves });
    const text = await show(plan);
    expect(text).toContain('  24. start w23\n  ... and 36 more steps (--full shows all)\n');
    expect(await show(plan, { mode: 'full' })).toContain('  60. start w59\n');
    const wide = planOf([change('a', 'create', { after: {} })], {
      waves: [Array.from({ length: 5000 }, (_, i) => `start w${i}`)],
    });
    const shown = (await show(wide)).match(/start w\d+/g)?.length ?? 0;
    expect(await show(wide)).toContain(`... and ${5000 - shown} more steps`);
  });

  it('takes under 100 ms for 5,000 workloads without changes', async () => {
    const same = native(['a.js'], { env: { A: 'b' }, tags: { team: 'x' } });
    const plan = planOf(
      Array.from({ length: 5000 }, (_, i) => change(`w${i}`, 'no-op', { before: same, after: same })),
    );
    await show(planOf([]));
    let [best, text] = [Infinity, ''];
    // The best of some: what else this machine does meanwhile is not measured.
    for (let i = 0; i < 9 && best >= 100; i++) {
      const begun = performance.now();
      text = await show(plan);
      best = Math.min(best, performance.now() - begun);
    }
    expect(best).toBeLessThan(100);
    expect(text).toMatch(/^No changes\./);
  });
});
