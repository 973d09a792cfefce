import { execFileSync } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { needs } from '../engines/engines.ts';
import { held, removeHeld } from '../support/containers.ts';
import { Scratch, until } from '../support/pj.ts';
import { auditOf, eventsOf } from '../support/quotas.ts';

const LONG = 120_000;
const clean: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const one of clean.splice(0).reverse()) await one();
});

/** A project whose agent looks every 0.4 s. */
function project(drift: string, files: Record<string, string>, env: Record<string, string> = {}): Scratch {
  const scratch = new Scratch({
    'pj.yaml': `name: heal-${randomBytes(4).toString('hex')}\nagent: { sampling: { interval: 0.2 }, drift: { interval: 1s, ${drift} } }\n`,
    ...files,
  });
  scratch.env = { ...scratch.env, ...env };
  clean.push(() => scratch.cleanUp());
  return scratch;
}
const sleeper = (id: string, restart = '"no"', more = ''): string =>
  `applicationId: ${id}\nnative: { command: /bin/sleep, args: ["100000"] }\nrestart: { policy: ${restart} }\n${more}`;
const pidOf = (scratch: Scratch, id: string): number | undefined =>
  scratch.processes().find((one) => one.id === id)?.pid;
const kill = (scratch: Scratch, id: string): number => {
  const pid = pidOf(scratch, id);
  if (pid === undefined) throw new Error(`${id} does not run`);
  process.kill(pid, 'SIGKILL');
  return pid;
};
const told = (scratch: Scratch, type: Parameters<typeof eventsOf>[1], id: string) =>
  until(`${type} ${id}`, () => eventsOf(scratch, type).find(({ workload }) => workload === id), 60_000);

describe('drift that the agent itself finds', () => {
  it(
    'is told to a webhook (signed, again after a 503), a command and a file; heal: never leaves it',
    async () => {
      const got: { headers: IncomingHttpHeaders; body: string }[] = [];
      const server = createServer((request, response) => {
        let body = '';
        request.on('data', (data) => (body += data));
        request.on('end', () => {
          got.push({ headers: request.headers, body });
          response.writeHead(got.length === 1 ? 503 : 204).end();
        });
      });
      await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
      clean.push(async () => void server.close());
      const { port } = server.address() as AddressInfo;
      const secret = randomBytes(16).toString('hex');
      const scratch = project(
        `notify: [{ webhook: "http://127.0.0.1:${port}/hook", secret: { file: hook.txt } }, { command: [/bin/sh, -c, "cat >> command.txt"] }, { file: drift.ndjson }]`,
        { 'a.yaml': sleeper('a'), 'b.yaml': sleeper('b'), 'hook.txt': secret },
      );
      await scratch.ok(['apply', '--auto-approve']);
      kill(scratch, 'a');
      expect((await told(scratch, 'drift_found', 'a')).data).toMatchObject({ what: 'stopped' });
      await until('the second attempt', () => got.length === 2, 60_000);
      for (const { headers, body } of got) {
        const { sentAt, ...message } = JSON.parse(body);
        const signature = createHmac('sha256', secret).update(body).digest('hex');
        expect(headers).toMatchObject({
          'x-pj-event': 'drift_found',
          'x-pj-signature-256': `sha256=${signature}`,
          'x-pj-timestamp': sentAt,
          'x-pj-delivery': message.id,
        });
        expect(message).toMatchObject({ event: 'drift_found', new: ['a'], drift: [{ id: 'a', what: 'stopped' }] });
      }
      expect(got[1]?.headers['x-pj-delivery']).toBe(got[0]?.headers['x-pj-delivery']);
      for (const name of ['command.txt', 'drift.ndjson'])
        expect(JSON.parse(scratch.read(name))).toMatchObject({ event: 'drift_found', new: ['a'] });
      expect([pidOf(scratch, 'a'), eventsOf(scratch, 'drift_healed')]).toEqual([undefined, []]);
      expect(auditOf(scratch).filter((one) => one.startsWith('agent:'))).toEqual([]);
      // Whoever brings it back himself is told of as well.
      await scratch.ok(['apply', '--auto-approve']);
      await told(scratch, 'drift_gone', 'a');
    },
    LONG,
  );

  it(
    'is healed; what its restart policy brings back is not healed besides; what fails is FAILED and told once',
    async () => {
      const scratch = project('heal: safe', {
        'a.yaml': sleeper('a'),
        'b.yaml': sleeper('b', 'always', 'dependencies: [a]\n'),
        'c.yaml': 'applicationId: c\nnative: { command: ./run.sh }\nrestart: { policy: "no" }\n',
        'run.sh': '#!/bin/sh\nexec sleep 100000\n',
      });
      execFileSync('chmod', ['+x', `${scratch.dir}/run.sh`]);
      await scratch.ok(['apply', '--auto-approve']);
      const [a, b] = [kill(scratch, 'a'), kill(scratch, 'b')];
      await told(scratch, 'drift_healed', 'a');
      await until('both', () => pidOf(scratch, 'a') !== undefined && pidOf(scratch, 'b') !== undefined);
      expect([pidOf(scratch, 'a'), pidOf(scratch, 'b')]).not.toEqual([a, b]);
      expect(eventsOf(scratch, 'drift_healed').filter(({ workload }) => workload === 'b')).toEqual([]);
      expect(auditOf(scratch)).toContain('agent: heal (drift)');
      await scratch.ok(['plan', '--detailed-exitcode']);
      // A program that is not there any more.
      execFileSync('rm', [`${scratch.dir}/run.sh`]);
      kill(scratch, 'c');
      const failed = await told(scratch, 'heal_failed', 'c');
      expect(failed).toMatchObject({ severity: 'error', message: expect.stringContaining('c was not brought back') });
      expect((await scratch.ok(['status', 'c'])).stdout).toContain('FAILED');
      // One more drift that is healed: it has looked again since.
      const heals = eventsOf(scratch, 'drift_healed').length;
      kill(scratch, 'a');
      await until('the next heal', () => eventsOf(scratch, 'drift_healed').length > heals, 60_000);
      expect(eventsOf(scratch, 'heal_failed')).toHaveLength(1);
    },
    LONG,
  );
});

needs('docker', 'registry')('drift of containers', (have) => {
  const { socket } = have.docker;
  const docker = (...args: string[]): string =>
    execFileSync('docker', ['--host', `unix://${socket}`, ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  for (const heal of ['safe', 'always'] as const)
    it(`heal: ${heal}`, { timeout: LONG }, async () => {
      const box = (id: string, more = ''): string =>
        `applicationId: ${id}\ncontainer:\n  runtime: docker\n  image: ${have.registry.images.busybox}\n  command: [sleep, "100000"]\nstop: { signal: SIGKILL }\nrestart: { policy: "no" }\n${more}`;
      const scratch = project(
        `heal: ${heal}`,
        {
          'gone.yaml': box('gone'),
          'down.yaml': box('down'),
          'cpu.yaml': box('cpu', 'resources: { cpu: 0.5 }\n'),
          'off.yaml': box('off'),
        },
        { DOCKER_HOST: `unix://${socket}` },
      );
      const lineage = () => scratch.lineage() ?? '';
      clean.push(() => removeHeld(socket, lineage()));
      await scratch.ok(['apply', '--auto-approve']);
      await scratch.ok(['stop', 'off']);
      const before = (await held(socket, lineage())).containers;
      const idOf = (id: string): string => before.find(({ workload }) => workload === id)?.id ?? '';
      docker('rm', '-f', idOf('gone'));
      docker('kill', idOf('down'));
      docker('update', '--cpu-quota', '100000', idOf('cpu'));
      docker('start', idOf('off'));
      for (const id of ['gone', 'down', 'cpu']) await told(scratch, 'drift_healed', id);
      expect(docker('inspect', '-f', '{{.HostConfig.CpuQuota}} {{.State.Running}}', idOf('cpu')).trim()).toBe(
        '50000 true',
      );
      const after = (await held(socket, lineage())).containers.filter(({ state }) => state === 'running');
      const now = Object.fromEntries(after.map(({ workload, id }) => [workload, id]));
      expect([now['down'], now['cpu']]).toEqual([idOf('down'), idOf('cpu')]);
      expect(now['gone']).not.toBe(idOf('gone'));
      if (heal === 'always') {
        await told(scratch, 'drift_healed', 'off');
        expect(docker('inspect', '-f', '{{.State.Running}}', idOf('off')).trim()).toBe('false');
        await scratch.ok(['drift']);
        return;
      }
      const left = await told(scratch, 'heal_failed', 'off');
      expect(left).toMatchObject({ severity: 'warning', message: expect.stringContaining('left as it is') });
      expect(left.message).toContain('somebody has started it');
      expect(docker('inspect', '-f', '{{.State.Running}}', idOf('off')).trim()).toBe('true');
      expect(eventsOf(scratch, 'heal_failed')).toHaveLength(1);
    });
});
