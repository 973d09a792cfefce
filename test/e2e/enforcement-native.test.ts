import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe } from 'vitest';
import { detectCgroups } from '../../src/os/cgroup.ts';
import { breaksQuotas } from './enforcement-lab.ts';

const clean: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const one of clean.splice(0)) await one();
});

if (detectCgroups().controllers.has('cpu'))
  describe('quotas of native processes', () => {
    breaksQuotas(
      {
        program: (script) => `native: { command: /bin/sh, args: ["-c", ${JSON.stringify(script)}] }`,
        env: {},
        beside: 0,
        calm: {
          path: 'calm',
          put: (scratch) => Promise.resolve(writeFileSync(join(scratch.dir, 'calm'), '')),
        },
        disk: { path: 'data', volumes: 'volumes: [{ name: data, path: data, type: ephemeral }]' },
      },
      (call) => void clean.push(call),
    );
  });
