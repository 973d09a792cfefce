import { afterEach, expect, it } from 'vitest';
import { Scratch, until } from '../support/pj.ts';

let scratch: Scratch | undefined;
afterEach(async () => {
  await scratch?.cleanUp();
  scratch = undefined;
});

/** What is there may end within a line. */
const whole = (text: string): string[] => text.split('\n').slice(0, -1);

it('pj drift --watch prints each change, --heal brings it back, and Ctrl-C ends the watch', async () => {
  const pj = new Scratch({
    'a.yaml': 'applicationId: a\nnative: { command: /bin/sleep, args: ["100000"] }\nrestart: { policy: "no" }\n',
    // Long enough to be looked at while it is being stopped.
    'b.yaml': `applicationId: b
native: { command: sh, args: [-c, "trap 'while [ ! -e may-end ]; do sleep 0.05; done; exit 0' TERM; while :; do sleep 0.1; done"] }
stop: { gracePeriod: 20s }
`,
  });
  scratch = pj;
  await pj.ok(['apply', '--auto-approve']);
  const watching = pj.start(['drift', '--watch', '--interval', '1s', '--json']);
  const told = (): boolean[] => whole(watching.printed()).map((line) => JSON.parse(line).drifted);
  await until('the first look', () => told().length === 1, 60_000);
  const { pid } = pj.processes().find(({ id }) => id === 'a') ?? { pid: 0 };
  process.kill(pid, 'SIGKILL');
  await until('drift', async () => (await pj.pj(['drift'])).code === 2);
  const refused = await pj.pj(['drift', '--heal', 'safe']);
  expect([refused.code, refused.stderr]).toEqual([expect.any(Number), expect.stringContaining('PJ6007')]);
  await until('the drift to be told', () => told().at(-1) === true, 60_000);
  await pj.ok(['drift', '--heal', 'safe', '--auto-approve']);
  await pj.ok(['drift']);
  await until('its end to be told', () => told().at(-1) === false, 60_000);
  const stopping = pj.start(['stop', 'b']);
  await until('it to wait for the stop', () => /not looking: .*stop.* is at work/.test(watching.complained()), 60_000);
  pj.write({ 'may-end': '' });
  await stopping.done;
  await pj.ok(['drift']);
  watching.kill('SIGINT');
  const { code } = await watching.done;
  expect(code).toBe(0);
  expect(told()).toEqual([false, true, false]);
});
