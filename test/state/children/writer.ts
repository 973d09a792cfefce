// Writes to the state in DIR as an apply would, ROUNDS rounds (0: until it is killed), and tells on stdout what is durable.
import { writeSync } from 'node:fs';
import { localStore } from '../../../src/state/local.ts';
import { record, step } from '../samples.ts';

const [dir = '', rounds = '0'] = process.argv.slice(2);
const tell = (line: string): void => void writeSync(1, `${line}\n`);
const store = localStore({ dir, pjVersion: '0.1.0', generations: 3, journalLimit: 20_000 });
const emit = (): void => undefined;

tell('ready');
for (let round = 1; rounds === '0' || round <= Number(rounds); round += 1) {
  const session = await store.open({ operation: 'apply', lockTimeout: 20, emit, signal: new AbortController().signal });
  // Steps of which a killed run left no outcome.
  for (const { step: left, before } of session.pending) await session.outcome(left, { ok: false, record: before });
  const worker = async (id: string): Promise<void> => {
    for (let i = 0; i < 3; i += 1) {
      const before = session.snapshot.workloads[id] ?? null;
      const n = Number(before?.attributes['n'] ?? 0) + 1;
      const after = record(id, { attributes: { n, filling: 'x'.repeat(300) } });
      await session.intent({ step: step('update', id), before, after });
      tell(`intent ${id} ${n}`);
      await session.outcome(step('update', id), { ok: true, record: after });
      tell(`outcome ${id} ${n}`);
    }
  };
  await Promise.all(['a', 'b', 'c', 'd'].map(worker));
  await session.close();
  tell('closed');
}
