import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Cost, cost, interleaved, median, ms, must } from './measure.ts';
import { pjExternals, terraformProject } from './projects.ts';
import { figureRow, missingRow, type Row, ratioRow } from './report.ts';
import type { Bench } from './run.ts';

const peak = (costs: Cost[] | undefined): number => median((costs ?? []).map((c) => c.peakMiB));

async function hasTerraform(): Promise<boolean> {
  return cost(['terraform', 'version']).then(
    (c) => c.code === 0,
    () => false,
  );
}

async function prepare(bench: Bench, n: number): Promise<{ ours: string; theirs: string }> {
  const ours = pjExternals(join(bench.scratch, `pj-${n}`), n);
  const theirs = terraformProject(join(bench.scratch, `tf-${n}`), n);
  await must(cost(['terraform', 'init', '-input=false', '-no-color'], { cwd: theirs }));
  return { ours, theirs };
}

const tfApply = (cwd: string) => cost(['terraform', 'apply', '-auto-approve', '-input=false', '-no-color'], { cwd });
const tfPlan = (cwd: string) => cost(['terraform', 'plan', '-input=false', '-no-color'], { cwd });

/** Planning: 50 new, then no-op plans of 50, 1,000 and 5,000. */
export async function planGroup(bench: Bench): Promise<Row[]> {
  if (!(await hasTerraform())) return [missingRow('plan', 'terraform is not on PATH')];
  const rows: Row[] = [];
  const pjPlan = (dir: string) => cost([...bench.pj, 'plan', '--dir', dir, '--no-color'], {});
  const small = await prepare(bench, 50);
  const rounds = bench.quick ? 7 : 21;
  const fresh = await interleaved(
    [
      { name: 'pj', run: () => pjPlan(small.ours) },
      { name: 'tf', run: () => tfPlan(small.theirs) },
    ],
    rounds,
  );
  rows.push(ratioRow('plan of 50 new', ms(fresh.get('pj')), ms(fresh.get('tf')), 1));
  for (const [n, bar] of [
    [50, 1],
    [1000, 0.5],
    [5000, 0.25],
  ] as const) {
    if (bench.quick && n > 1000) continue;
    const dirs = n === 50 ? small : await prepare(bench, n);
    await must(cost([...bench.pj, 'apply', '--auto-approve', '--dir', dirs.ours, '--no-color']));
    // 5,000 by `terraform apply` is 14 minutes: its state is written by a faster way where nothing but a plan is measured.
    if (n <= 1000) await must(tfApply(dirs.theirs));
    else await terraformState(dirs.theirs, n);
    const costs = await interleaved(
      [
        { name: 'pj', run: () => pjPlan(dirs.ours) },
        { name: 'tf', run: () => tfPlan(dirs.theirs) },
      ],
      n === 50 ? rounds : n === 1000 ? 7 : 3,
    );
    rows.push(ratioRow(`no-op plan of ${n.toLocaleString('en')}`, ms(costs.get('pj')), ms(costs.get('tf')), bar));
    if (n === 5000) rows.push(figureRow('peak memory of that', peak(costs.get('pj')), 250, 'MiB'));
  }
  return rows;
}

/** Writes the state that `terraform apply` would have left, from a state of one hundred made by it. */
async function terraformState(dir: string, n: number): Promise<void> {
  const { readFileSync, writeFileSync } = await import('node:fs');
  const sample = terraformProject(join(dir, '..', 'tf-sample'), 101);
  await must(cost(['terraform', 'init', '-input=false', '-no-color'], { cwd: sample }));
  await must(tfApply(sample));
  type Instance = { attributes: { id: string; input: unknown; output: unknown }; dependencies?: string[] };
  type State = { resources: { name: string; instances: Instance[] }[] };
  const state = JSON.parse(readFileSync(join(sample, 'terraform.tfstate'), 'utf8')) as State;
  const [plain, dependent] = ['w0', 'w100'].map((name) => state.resources.find((r) => r.name === name));
  if (plain === undefined || dependent === undefined) throw new Error('terraform wrote a state that is not understood');
  state.resources = Array.from({ length: n }, (_, i) => {
    const made = structuredClone(i < 100 ? plain : dependent);
    const instance = made.instances[0];
    if (instance === undefined) throw new Error('terraform wrote a state that is not understood');
    made.name = `w${i}`;
    const value = JSON.parse(JSON.stringify(instance.attributes.input).replace(/10\.0\.0\.\d+/, `10.0.0.${i % 250}`));
    instance.attributes.input = value;
    instance.attributes.output = value;
    instance.attributes.id = `00000000-0000-4000-8000-${String(i).padStart(12, '0')}`;
    if (i >= 100)
      instance.dependencies = Array.from(
        { length: Math.floor(i / 100) },
        (_, k) => `terraform_data.w${i - 100 * (k + 1)}`,
      );
    return made;
  });
  writeFileSync(join(dir, 'terraform.tfstate'), JSON.stringify(state));
  const check = await cost(['terraform', 'plan', '-detailed-exitcode', '-input=false', '-no-color'], { cwd: dir });
  if (check.code !== 0) throw new Error(`the made state is not what terraform wants:\n${check.output.slice(-1500)}`);
}

/** Applying 1,000 and 5,000 new ones. */
export async function applyGroup(bench: Bench): Promise<Row[]> {
  if (!(await hasTerraform())) return [missingRow('apply', 'terraform is not on PATH')];
  const rows: Row[] = [];
  const clean = (dir: string, names: string[]) => {
    for (const name of names) rmSync(join(dir, name), { recursive: true, force: true });
  };
  const pjApply = (dir: string) => cost([...bench.pj, 'apply', '--auto-approve', '--dir', dir, '--no-color']);
  const thousand = await prepare(bench, 1000);
  const costs = await interleaved(
    [
      { name: 'pj', before: () => clean(thousand.ours, ['.pj']), run: () => pjApply(thousand.ours) },
      {
        name: 'tf',
        before: () => clean(thousand.theirs, ['terraform.tfstate', 'terraform.tfstate.backup']),
        run: () => tfApply(thousand.theirs),
      },
    ],
    bench.quick ? 1 : 3,
  );
  const one = ms(costs.get('pj'));
  rows.push(ratioRow('apply of 1,000 new', one, ms(costs.get('tf')), 0.15));
  if (bench.quick) return rows;
  const many = await prepare(bench, 5000);
  const ours = await interleaved(
    [{ name: 'pj', before: () => clean(many.ours, ['.pj']), run: () => pjApply(many.ours) }],
    3,
  );
  const five = ms(ours.get('pj'));
  rows.push({
    ...ratioRow('apply of 5,000 new against 1,000 new', five, one, 6),
  });
  if (bench.full) {
    clean(many.theirs, ['terraform.tfstate', 'terraform.tfstate.backup']);
    const theirs = await must(tfApply(many.theirs));
    rows.push(ratioRow('apply of 5,000 new', five, theirs.ms, 0.02));
  } else rows.push(missingRow(`apply of 5,000 new: pj ${Math.round(five)} ms`, "terraform's takes 14 minutes: --full"));
  return rows;
}
