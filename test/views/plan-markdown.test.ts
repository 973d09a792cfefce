import { describe, expect, it } from 'vitest';
import { COMMENT_LIMIT, commentMarker, planToMarkdown } from '../../src/views/plan-markdown.ts';
import { expectWholeMarkdown } from './markdown-check.ts';
import { change, difference, NOW, planOf, richPlan, spec } from './plan-fixtures.ts';

const show = (plan: Parameters<typeof planToMarkdown>[0], limit?: number): Promise<string> =>
  planToMarkdown(plan, { now: NOW, ...(limit !== undefined && { limit }) });

describe('a plan as a comment', () => {
  it('is a verdict, a table, and the details folded in a diff fence', async () => {
    const text = await show(richPlan());
    expectWholeMarkdown(text);
    expect(text).toMatchInlineSnapshot(`
      "<!-- pj-plan:shop -->
      ### pj plan: shop

      **Plan: 3 to add, 3 to change, 3 to destroy, 1 to forget. Data is lost. 1 restarts, 2 go down. 3 workloads changed outside pj.**

      - **Data is lost:** \`pj_native.db\`: volume data (ephemeral)
      - **Warning:** \`pj_native.api\`: memory is not held by the kernel here (PJ2101)

      | | workload | action | cause | downtime |
      | --- | --- | --- | --- | --- |
      | \`~\` | \`pj_native.api\` | restart | pj\\_native.db is replaced; env/TOKEN, native/args/1 changed | restarts |
      | \`+\` | \`pj_native.cache\` | create | was destroyed outside pj 3 min ago | no |
      | \`~\` | \`pj_native.conf\` | update | env/CONF, env/JSON changed | no |
      | \`-/+\` | \`pj_native.db\` | replace | native/command changed | yes |
      |  | \`pj_native.legacy\` | forget |  | no |
      | \`-\` | \`pj_native.old\` | destroy | not in configuration | yes, stays down |
      | \`+/-\` | \`pj_native.shop__web-0\` | replace (new one first) | requested by --replace | no |
      | \`~\` | \`pj_native.worker\` | start | it died outside pj 3 min ago: exited 137 (SIGKILL) | no |

      **Changed outside pj**

      - \`pj_native.cache\`: was destroyed outside pj 3 min ago
      - \`pj_native.db\`: changed outside pj (resources/cpu)
      - \`pj_native.worker\`: stopped outside pj 3 min ago: exited 137 (SIGKILL)

      <details><summary>Details</summary>

      \`\`\`diff
        # Changed outside pj:

        # pj_native.cache has been deleted
        # (was destroyed outside pj 3 min ago)
      -   resource "pj_native" "cache" {
      -       id        = "cache" -> null
      -       native    = {
      -           args    = [
      -               "cache.js",
                  ]
      -           command = "node"
              } -> null
      -       resources = {
      -           memory = 268435456 # 256 MiB
              } -> null
          }

        # pj_native.db has changed
      !   resource "pj_native" "db" {
              id        = "db"
      !       resources = {
      !           cpu = 2 -> 8
              }
              # (1 unchanged attribute hidden)
          }

        # pj_native.worker has stopped
        # (it died outside pj 3 min ago: exited 137 (SIGKILL))
      !   resource "pj_native" "worker" {
              id = "worker"
              # (1 unchanged attribute hidden)
          }

        # Planned:

        # pj_native.api will be restarted
      !   resource "pj_native" "api" {
      !       env    = {
      !           DB_URL = "http://10.0.0.1" -> (known after apply) # pj_native.db is replaced
      !           TOKEN  = (sensitive, changed #a1b2 -> #c3d4) # forces restart
                  # (1 unchanged element hidden)
              }
              id     = "api"
      !       native = {
      !           args = [
                      # (1 unchanged element hidden)
                      "--port",
      -               "8080",
      +               "8081",
                      "--verbose",
                  ] # forces restart
                  # (1 unchanged attribute hidden)
              }
              # (1 unchanged attribute hidden)
          }

        # pj_native.cache will be created
        # (was destroyed outside pj 3 min ago)
      +   resource "pj_native" "cache" {
      +       id        = "cache"
      +       native    = {
      +           args    = [
      +               "cache.js",
                  ]
      +           command = "node"
              }
      +       resources = {
      +           memory = 268435456 # 256 MiB
              }
          }

        # pj_native.conf will be updated in-place
      !   resource "pj_native" "conf" {
      !       env = {
      !           CONF = <<-EOT
                      listen: 5432
      -               max: 100
      +               max: 200
                  EOT
      !           JSON = jsonencode(
      !               {
      !                   port = 80 -> 81
                          # (1 unchanged attribute hidden)
                      }
                  )
                  # (1 unchanged element hidden)
              }
              id  = "conf"
              # (1 unchanged attribute hidden)
          }

        # pj_native.db must be replaced
      ! -/+ resource "pj_native" "db" {
              id        = "db"
      !       native    = {
      !           command = "db-15" -> "db-16" # forces replacement
                  # (1 unchanged attribute hidden)
              }
      !       resources = {
      !           cpu = 8 -> 2 # changed outside pj
              }
          }

        # pj_native.legacy will no longer be managed by pj, but will not be destroyed
          resource "pj_native" "legacy" {
              id = "legacy"
              # (1 unchanged attribute hidden)
          }

        # pj_native.old will be destroyed
        # (because pj_native.old is not in configuration)
      -   resource "pj_native" "old" {
      -       env    = {
      -           PASSWORD = (sensitive value)
              } -> null
      -       id     = "old" -> null
      -       native = {
      -           args    = [
      -               "old.js",
                  ]
      -           command = "node"
              } -> null
          }

        # pj_native.shop__web-0 will be replaced, as requested
        # (requested by --replace)
      ! +/- resource "pj_native" "shop__web-0" {
              id = "shop.web-0"
              # (1 unchanged attribute hidden)
          }

        # pj_native.worker will be started (it died outside pj 3 min ago: exited 137 (SIGKILL))
      !   resource "pj_native" "worker" {
              id = "worker"
              # (1 unchanged attribute hidden)
          }
      \`\`\`

      </details>
      "
    `);
  });

  it('is short when nothing changes', async () => {
    expect(await show(planOf([]))).toBe(
      '<!-- pj-plan:shop -->\n### pj plan: shop\n\n**No changes. Your infrastructure matches the configuration.**\n',
    );
  });

  it('has a marker that no project name can break out of, different for different projects', () => {
    expect(commentMarker('shop')).toBe('<!-- pj-plan:shop -->');
    expect(commentMarker('a-->b')).not.toMatch(/pj-plan:.*--.*-->/);
    const names = ['a--b', 'a-b', 'a-%2Db', 'a b', 'a>b', '-a', 'a-'];
    expect(new Set(names.map(commentMarker)).size).toBe(names.length);
  });

  it('never exceeds the limit and says what was cut, however much there is', async () => {
    const long = 'x`|<\n'.repeat(2000);
    const changes = Array.from({ length: 800 }, (_, i) =>
      change(`workload-${i}`, 'update', {
        causes: [{ type: 'failed', error: long }],
        differences: [difference('/env/A')],
        before: spec({ env: { A: 'a' } }),
        after: spec({ env: { A: `${i}` } }),
      }),
    );
    const text = await show(planOf(changes));
    expect(text.length).toBeLessThanOrEqual(COMMENT_LIMIT);
    expect(text.length).toBeGreaterThan(COMMENT_LIMIT * 0.8);
    expectWholeMarkdown(text);
    expect(text).toMatch(/_\.\.\. and \d+ more workloads that the table has no room for\._/);
    expect(text).toMatch(/_Cut to fit into a comment: .* `pj plan` shows all\._/);
  });

  it('cuts one huge block at a line', async () => {
    const lines = Array.from({ length: 9000 }, (_, i) => `line ${i}`).join('\n');
    const text = await show(planOf([change('a', 'create', { after: spec({ env: { A: lines } }) })]));
    expect(text.length).toBeLessThanOrEqual(COMMENT_LIMIT);
    expectWholeMarkdown(text);
    expect(text).toMatch(/\d+ lines of one workload and the details of 0 more are not shown/);
  });

  it('fences text that holds fences, and reads nothing of a value as markdown or HTML', async () => {
    const evil = '```` | <img src=x> @team #12 [a](b)';
    const text = await show(
      planOf([
        change('a', 'update', {
          causes: [{ type: 'failed', error: evil }],
          before: spec({ env: { A: '1' } }),
          after: spec({ env: { A: evil } }),
        }),
      ]),
    );
    expectWholeMarkdown(text);
    expect(text).toContain('\n`````diff\n');
    expect(text).toContain('\\`\\`\\`\\` \\| &lt;img src=x&gt; @<!-- -->team \\#<!-- -->12 \\[a\\](b)');
  });
});
