import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { writeKernelFile } from '../../../src/os/kernel-file.ts';
import type { Check } from './check.ts';
import { made, shellIn, TOP, withGround } from './in-group.ts';

/** What a host JVM does for each application (java-host, KernelGroups): the guest has no Java, so the kernel's part of it is tried. */
export const threadedChecks: readonly Check[] = [
  {
    name: 'a group with a process hands cpu and pids to threaded groups below, and is removed with them',
    run: withGround(async (ground) => {
      const group = made(ground);
      const child = await shellIn(ground, group, 'while :; do :; done');
      const read = (file: string) => readFileSync(join(group.path, file), 'utf8').trim();
      const chain: string[] = [];
      for (let here = group.path; here.startsWith(TOP); here = dirname(here)) chain.unshift(here);
      for (const folder of chain) {
        for (const name of ['cpu', 'pids']) {
          assert.equal(writeKernelFile(join(folder, 'cgroup.subtree_control'), `+${name}`), undefined, folder);
        }
      }
      const app = join(group.path, 'app-web@1');
      mkdirSync(app);
      assert.equal(writeKernelFile(join(app, 'cgroup.type'), 'threaded'), undefined);
      assert.equal(read('cgroup.type'), 'domain threaded');
      assert.equal(writeKernelFile(join(app, 'cgroup.threads'), String(child.pid)), undefined);
      assert.equal(writeKernelFile(join(app, 'cpu.max'), '30000 100000'), undefined);
      assert.equal(writeKernelFile(join(app, 'pids.max'), '5'), undefined);
      assert.equal(read('app-web@1/cpu.max'), '30000 100000');
      assert.equal(read('app-web@1/pids.current'), '1');
      const usage = () => Number(/^usage_usec (\d+)$/m.exec(read('app-web@1/cpu.stat'))?.[1]);
      const [from, start] = [usage(), performance.now()];
      await new Promise((resolve) => setTimeout(resolve, 2_000));
      const cores = (usage() - from) / 1000 / (performance.now() - start);
      assert.ok(cores > 0.15 && cores < 0.33, `${cores} cores of 0.3`);
      // The process is still told as one of the group, and all of it goes.
      assert.deepEqual(group.pids(), [child.pid]);
      await group.killAndRemove();
      assert.equal(group.exists(), false);
    }),
  },
];
