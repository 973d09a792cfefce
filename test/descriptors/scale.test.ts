import { expect, test } from 'vitest';
import { load } from './project.ts';

const descriptor = (i: number): string =>
  `applicationId: w${i}\n${i > 0 ? `dependencies: [w${i - 1}]\n` : ''}native:\n  command: node\n  args: [x, "\${index}"]\n  ports: [${10_000 + i}]\nresources: { memory: 512MiB }\n`;

test('loads 5,000 workloads soon, in one file or in many', async () => {
  const one = Array.from({ length: 5000 }, (_, i) => descriptor(i)).join('---\n');
  const many = Object.fromEntries(
    Array.from({ length: 50 }, (_, f) => [
      `f${f}.yaml`,
      Array.from({ length: 100 }, (_, i) => descriptor(f * 100 + i)).join('---\n'),
    ]),
  );
  const begun = performance.now();
  const first = await load(one);
  const elapsed = performance.now() - begun;
  expect(first.errors).toEqual([]);
  expect(first.workloads).toHaveLength(5000);
  // 0.2 s on a quiet machine of this kind
  expect(elapsed).toBeLessThan(15_000);
  const second = await load(many);
  expect(second.workloads.map((each) => ({ ...each, place: undefined }))).toEqual(
    first.workloads.map((each) => ({ ...each, place: undefined })),
  );
});

test('finds a cycle of 5,000 and many small ones, each the shortest', async () => {
  const ring = Array.from(
    { length: 5000 },
    (_, i) => `applicationId: w${i}\ndependencies: [w${(i + 1) % 5000}]\nexternal: { address: x }\n`,
  );
  const big = await load(ring.join('---\n'));
  expect(big.errors.map((each) => each.places.length)).toEqual([5000]);
  const pairs = ['a', 'b', 'c', 'd'].map(
    (id, i, all) =>
      `applicationId: ${id}\ndependencies: [${all[i ^ 1]}${id === 'a' ? ', c' : ''}]\nexternal: { address: x }\n`,
  );
  const small = await load(pairs.join('---\n'));
  expect(small.errors.map((each) => each.message)).toEqual([
    'a cycle of dependencies: a → b → a',
    'a cycle of dependencies: c → d → c',
  ]);
});

test('a dependency on 5,000 replicas is no trouble', async () => {
  const begun = performance.now();
  const { errors, workloads } = await load(
    'applicationId: q\nreplicas: 5000\nnative: { command: x, args: ["${index}"] }\n---\napplicationId: w\nnative: { command: x }\ndependencies: [q]\n',
  );
  expect(errors).toEqual([]);
  expect(workloads.at(-1)?.dependencies).toHaveLength(5000);
  expect(performance.now() - begun).toBeLessThan(15_000);
});
