import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { needs } from '../engines/engines.ts';
import { removeHeld } from '../support/containers.ts';
import { coresOf, cpuGroup, spinner, tag } from '../support/hogs.ts';
import { jdks } from '../support/java-hosts.ts';
import { JavaLab, type LabProject } from '../support/java-lab.ts';
import { until } from '../support/pj.ts';
import { event, eventsOf } from '../support/quotas.ts';

const root = resolve(import.meta.dirname, '../..');
const NEXT = '99.1.0';
const [jdk] = jdks();

if (jdk !== undefined)
  needs('docker', 'registry')('a newer pj', (have) => {
    let lab: JavaLab;
    let folder: string;
    let there: LabProject | undefined;
    /** As another version of pj is installed: a launcher of its own, and what it loads. */
    beforeAll(async () => {
      lab = new JavaLab(jdk.home);
      folder = mkdtempSync(join(tmpdir(), 'pj-next-'));
      mkdirSync(join(folder, 'bin'));
      cpSync(join(root, 'bin'), join(folder, 'bin'), { recursive: true });
      cpSync(join(root, 'package.json'), join(folder, 'package.json'));
      symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
      const build = ['--out', join(folder, 'dist'), '--no-types', '--pj-version', NEXT];
      const tsx = join(root, 'node_modules/tsx/dist/cli.mjs');
      execFileSync(process.execPath, [tsx, join(root, 'scripts/build.ts'), ...build], { cwd: root, stdio: 'pipe' });
      await lab.compile();
    }, 180_000);
    afterEach(async () => {
      const lineage = there?.scratch.lineage();
      await there?.scratch.cleanUp();
      await removeHeld(have.docker.socket, lineage);
      there = undefined;
    });
    afterAll(() => {
      lab.clear();
      rmSync(folder, { recursive: true, force: true });
    });

    const next = (dir: string, env: Record<string, string>, args: string[]): string =>
      execFileSync(process.execPath, [join(folder, 'bin/pj.js'), ...args], {
        cwd: dir,
        encoding: 'utf8',
        env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      });

    it('takes everything back from an older agent: no pid is another, logs go on, a throttle stays; the older pj goes on with it', async () => {
      there = lab.open(jdk.home);
      const { scratch } = there;
      const name = tag();
      scratch.env['DOCKER_HOST'] = `unix://${have.docker.socket}`;
      scratch.write({
        'pj.yaml': 'name: upgrade\nagent: { sampling: { interval: 0.3 } }\n',
        'count.yaml':
          'applicationId: count\nnative: { command: /bin/sh, args: ["-c", "n=0; while :; do n=$((n+1)); echo $n; sleep 0.02; done"] }\n',
        'spin.yaml': `applicationId: spin\nnative: { command: /bin/sh, args: ["-c", ${JSON.stringify(spinner(name, join(scratch.dir, 'calm')))}] }\nresources: { cpu: 0.4, enforcement: { cpu: THROTTLE, gracePeriod: 2 } }\n`,
        'box.yaml': `applicationId: box\ncontainer: { runtime: docker, image: "${have.registry.images.busybox}", command: [sleep, "100000"] }\nstop: { signal: SIGKILL }\n`,
      });
      await there.apply({
        tenant: { java: { jvm: 'shared' } },
        own: { java: { jvm: 'own' } },
      });
      await event(scratch, 'throttle_set');
      const pids = () => scratch.processes().sort((a, b) => a.pid - b.pid);
      const seen = JSON.stringify([pids(), await there.starts('tenant')]);
      const [old] = scratch.agents();
      expect(coresOf(cpuGroup(name))).toBeCloseTo(0.2, 5);
      // Only looking replaces nothing.
      next(scratch.dir, scratch.env, ['status']);
      expect(scratch.agents()).toEqual([old]);
      expect(next(scratch.dir, scratch.env, ['agent', 'start'])).toContain('runs now');
      const [now] = scratch.agents();
      expect(now).not.toBe(old);
      expect(await event(scratch, 'agent_replaced')).toMatchObject({ data: { version: NEXT, pid: now } });
      expect((await event(scratch, 'throttle_resumed')).workload).toBe('spin');
      expect(coresOf(cpuGroup(name))).toBeCloseTo(0.2, 5);
      expect(JSON.stringify([pids(), await there.starts('tenant')])).toBe(seen);
      const lines = async () => (await there?.log('count'))?.trim().split('\n').map(Number) ?? [];
      const { length } = await lines();
      await until('the log goes on', async () => (await lines()).length > length + 20);
      const all = await lines();
      expect(all).toEqual(all.map((_, i) => (all[0] ?? 0) + i));
      // The older pj works with the newer agent, which speaks the same protocol, and leaves it.
      expect((await scratch.ok(['agent', 'status'])).stdout).toContain(`pj ${NEXT}`);
      await scratch.ok(['plan', '--detailed-exitcode']);
      scratch.write({ 'more.yaml': 'applicationId: more\nnative: { command: /bin/sleep, args: ["100000"] }\n' });
      await scratch.ok(['apply', '--auto-approve']);
      expect(scratch.agents()).toEqual([now]);
      expect(eventsOf(scratch, 'agent_replaced')).toHaveLength(1);
    }, 180_000);
  });
