/**
 * `npm run bench`: measures pj against Terraform (terraform_data, layers of 100) and pm2, interleaved in one run, medians.
 *   --quick        fewer rounds, nothing above 1,000
 *   --full         also Terraform's apply of 5,000 (about 14 minutes)
 *   --write        writes docs/performance.md
 *   --only WORD    only the groups whose name has the word
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { watchGroup } from './agent-watch.ts';
import { containersGroup } from './containers.ts';
import { javaGroup } from './java.ts';
import { metricsGroup } from './metrics.ts';
import { agentGroup, processesGroup } from './processes.ts';
import { machine, markdown, type Row } from './report.ts';
import { applyGroup, planGroup } from './scale.ts';
import { startGroup } from './start.ts';
import { vmsGroup } from './vms.ts';

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    full: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
  },
});

/** What every group needs. */
export interface Bench {
  scratch: string;
  pj: string[];
  quick: boolean;
  full: boolean;
}

const scratch = mkdtempSync(join(tmpdir(), 'pj-bench-'));
const bench: Bench = {
  scratch,
  pj: [process.execPath, resolve(import.meta.dirname, '../bin/pj.js')],
  quick: flags.quick,
  full: flags.full,
};
const groups = {
  start: startGroup,
  plan: planGroup,
  apply: applyGroup,
  processes: processesGroup,
  agent: agentGroup,
  watch: watchGroup,
  containers: containersGroup,
  vms: vmsGroup,
  java: javaGroup,
  metrics: metricsGroup,
};

const rows: Row[] = [];
try {
  for (const [name, group] of Object.entries(groups)) {
    if (!name.includes(flags.only)) continue;
    process.stderr.write(`${name} …\n`);
    const measured = await group(bench);
    rows.push(...measured);
    process.stderr.write(`${markdown(measured)}\n`);
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

const report = `# Performance
Made by \`npm run bench\`${flags.full ? ' -- --full' : ''} on ${machine()}. Ratios of medians of interleaved runs of the same work; absolute times vary with the machine.

${markdown(rows)}
`;
process.stdout.write(`\n${report}`);
if (flags.write) {
  // What people wrote below the figures stays.
  const file = resolve(import.meta.dirname, '../docs/performance.md');
  const before = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const notes = before.indexOf('\n## ');
  writeFileSync(file, notes < 0 ? report : report + before.slice(notes));
}
