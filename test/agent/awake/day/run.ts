/** One simulated day, as a process of its own: its heap and its descriptors are nobody else's. `--seed N --hours H --port P`; prints the report as JSON. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Day } from './simulate.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    hours: { type: 'string', default: '24' },
    port: { type: 'string', default: '9799' },
  },
});
const seed = Number(values.seed ?? Math.floor(Math.random() * 1e9));
process.stderr.write(`seed ${seed}\n`);
// In memory where that is to be had: 86,400 seconds of flushes of a real disk take their time.
const dir = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'pj-day-'));
process.on('exit', () => rmSync(dir, { recursive: true, force: true }));
const pjEntry = join(dir, 'pj.cjs');
writeFileSync(
  pjEntry,
  `process.stdout.write(require('node:fs').readFileSync(${JSON.stringify(join(dir, 'drift-found.json'))}))`,
);
writeFileSync(join(dir, 'drift-found.json'), '{"resource_drift":[]}');
let asked = 0;
// Now and then it refuses.
const sink = createServer((request, response) => {
  asked += 1;
  request.resume().on('end', () => response.writeHead(asked % 7 === 0 ? 503 : 200).end());
});
await new Promise<void>((resolve) => sink.listen(0, '127.0.0.1', resolve));
const collector = `http://127.0.0.1:${(sink.address() as AddressInfo).port}`;
const day = new Day({
  dir,
  seed,
  hours: Number(values.hours),
  workloads: 20,
  metricsPort: Number(values.port),
  collector,
  pjEntry,
  hangUp: () => sink.closeAllConnections(),
});
const report = await day.run();
process.stdout.write(`${JSON.stringify(report)}\n`);
sink.closeAllConnections();
process.exit(0);
