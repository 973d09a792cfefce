import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { readEntryFile } from '../../src/agent/entry-file.ts';
import { freePort, until } from '../support/pj.ts';
import { environment, type Opened, opened, sleeper, storeOf } from './ground.ts';

let here: Opened | undefined;
afterEach(async () => {
  await here?.pj.cleanUp();
  here = undefined;
});

/** As a reboot leaves it: no process, no agent, stopped containers, and another boot id in all that was noted down. */
async function reboot(o: Opened, containers: readonly string[]): Promise<void> {
  const agents = o.pj.agents();
  for (const pid of agents) process.kill(pid, 'SIGKILL');
  await until('no agent', () => o.pj.agents().length === 0);
  for (const { pid } of o.pj.processes()) process.kill(pid, 'SIGKILL');
  await until('no process', () => o.pj.processes().length === 0);
  for (const id of containers) execFileSync('docker', ['kill', id], { stdio: 'ignore' });
  const dir = join(o.pj.dir, '.pj', 'agent');
  for (const name of readdirSync(dir).filter((one) => one.endsWith('.json') && one.includes('@'))) {
    const entry = readEntryFile(join(dir, name));
    if (entry.process !== null) entry.process.bootId = 'before';
    writeFileSync(join(dir, name), JSON.stringify(entry));
  }
  const kept = join(dir, 'awake.json');
  const all = existsSync(kept) ? JSON.parse(readFileSync(kept, 'utf8')) : {};
  writeFileSync(kept, JSON.stringify({ ...all, boot: { bootId: 'before' } }));
}

const stepsSince = (o: Opened, from: string): string[] =>
  o.pj
    .read('.pj/events.ndjson')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
    .filter(({ type, at }) => type === 'step_complete' && at > from)
    .map(({ data }) => data.step);

function docker(): boolean {
  try {
    execFileSync('docker', ['image', 'inspect', '127.0.0.1:5000/pj/busybox:1'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

describe('after a reboot', () => {
  it.runIf(docker())(
    'all kinds are started in order on health; nothing is started out of it by the agent',
    async () => {
      const port = await freePort();
      const program = `setTimeout(() => require('net').createServer().listen(${port}, '127.0.0.1'), 300)`;
      const o = opened({
        'first.yaml':
          'applicationId: first\ncontainer: { runtime: docker, image: "127.0.0.1:5000/pj/busybox:1", command: [sleep, "1000"] }\n',
        'db.yaml': `applicationId: db\nnative: { command: ${process.execPath}, args: ["-e", "${program}"] }\nhealthCheck: { type: tcp, port: ${port}, interval: 0.1, timeout: 5, retries: 600 }\ndependencies: [first]\n`,
        'web.yaml': sleeper('web', 'dependencies: [{ id: db, condition: healthy }]\n'),
        'off.yaml': sleeper('off'),
        // Its secret was in the environment of whoever applied, and is not in that of the agent.
        'keyed.yaml': sleeper('keyed').replace('native: {', 'native: { env: { TOKEN: "${secret.token}" },'),
        'pj.yaml': 'name: reboot\nsecrets: { token: { env: PJ_TEST_REBOOT } }\n',
      });
      here = o;
      await o.again({ env: environment(o.pj, { PJ_TEST_REBOOT: 'only here' }) }).apply();
      await o.project.stop(['off']);
      const handle = (await storeOf(o.pj).load()).snapshot?.workloads['first']?.handle;
      await reboot(o, [String(handle?.['id'])]);
      const from = new Date().toISOString();
      await o.project.agent.start();
      const log = () => o.pj.read('.pj/logs/agent.log');
      await until('all is up', () => log().includes('what should run after the reboot is up'), 60_000);
      expect(await o.project.drift()).toEqual([]);
      const steps = stepsSince(o, from);
      const order = ['start first', 'start db', 'wait db', 'start web'];
      expect(steps.filter((step) => order.includes(step))).toEqual(order);
      expect(
        o.pj
          .processes()
          .map(({ id }) => id)
          .sort(),
      ).toEqual(['db', 'web']);
      const lost = (await storeOf(o.pj).load()).snapshot?.workloads['keyed'];
      expect([lost?.state, lost?.lastError?.code]).toEqual(['FAILED', 'PJ5302']);
      expect(o.pj.read('.pj/events.ndjson')).toMatch(/"heal_failed".*"keyed".*run pj apply/);
      expect(o.audit().map(({ operation }) => operation)).toContain('agent: heal (reboot)');
      expect(log()).toMatch(/web: stopped by a reboot of the machine/);
      expect(o.pj.read('.pj/events.ndjson')).toMatch(/"rebooted"/);
    },
    180_000,
  );
});
