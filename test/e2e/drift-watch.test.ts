import { afterEach, expect, it } from 'vitest';
import { Scratch, until } from '../support/pj.ts';

let scratch: Scratch | undefined;
afterEach(async () => {
  await scratch?.cleanUp();
  scratch = undefined;
});

it('pj drift --watch prints each change, --heal brings it back, and Ctrl-C ends the watch', async () => {
  const pj = new Scratch({
    'a.yaml': 'applicationId: a\nnative: { command: /bin/sleep, args: ["100000"] }\nrestart: { policy: "no" }\n',
  });
  scratch = pj;
  await pj.ok(['apply', '--auto-approve']);
  const watching = pj.start(['drift', '--watch', '--interval', '300ms', '--json']);
  const { pid } = pj.processes()[0] ?? { pid: 0 };
  process.kill(pid, 'SIGKILL');
  await until('drift', async () => (await pj.pj(['drift'])).code === 2);
  const refused = await pj.pj(['drift', '--heal', 'safe']);
  expect([refused.code, refused.stderr]).toEqual([expect.any(Number), expect.stringContaining('PJ6007')]);
  await new Promise((next) => setTimeout(next, 1_500));
  await pj.ok(['drift', '--heal', 'safe', '--auto-approve']);
  await pj.ok(['drift']);
  await new Promise((next) => setTimeout(next, 1_500));
  watching.kill('SIGINT');
  const { code, stdout } = await watching.done;
  const told = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).drifted);
  expect(code).toBe(0);
  expect(told.slice(-2)).toEqual([true, false]);
});
