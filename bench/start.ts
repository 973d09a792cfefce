import { cost, interleaved, median } from './measure.ts';
import { type Row, ratioRow } from './report.ts';
import type { Bench } from './run.ts';

/** How long the command takes to answer when it has nothing to do, against Node itself. */
export async function startGroup({ pj, quick }: Bench): Promise<Row[]> {
  const costs = await interleaved(
    [
      { name: 'node', run: () => cost([process.execPath, '-e', '0']) },
      { name: 'version', run: () => cost([...pj, '--version']) },
      { name: 'help', run: () => cost([...pj, '--help']) },
    ],
    quick ? 10 : 40,
  );
  const of = (name: string) => median((costs.get(name) ?? []).map((c) => c.ms));
  return [
    ratioRow('`pj --version` against `node -e 0`', of('version'), of('node'), 1.25),
    ratioRow('`pj --help` against `node -e 0`', of('help'), of('node'), 1.75),
  ];
}
