import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe } from 'vitest';
import { detectCgroups } from '../../src/os/cgroup.ts';
import { breaksQuotas } from './enforcement-lab.ts';

if (detectCgroups().controllers.has('cpu'))
  describe('quotas of native processes', () => {
    breaksQuotas({
      name: 'native',
      program: (script) => `native: { command: /bin/sh, args: ["-c", ${JSON.stringify(script)}] }`,
      env: {},
      beside: 0,
      calm: {
        path: 'calm',
        put: (scratch) => Promise.resolve(writeFileSync(join(scratch.dir, 'calm'), '')),
      },
      hogs: { NOTIFY: 'fork bomb', SHUTDOWN: 'memory hog', KILL: 'disk filler' },
      disk: { path: 'data', volumes: 'volumes: [{ name: data, path: data, type: ephemeral }]' },
    });
  });
