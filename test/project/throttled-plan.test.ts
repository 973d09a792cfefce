import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { until } from '../../src/agent/world.ts';
import { detectCgroups } from '../../src/os/cgroup.ts';
import { type Opened, opened } from './ground.ts';

let here: Opened | undefined;
afterEach(async () => {
  await here?.pj.cleanUp();
  here = undefined;
});

const SPINNER = `applicationId: spin
native: { command: sh, args: [-c, "while :; do :; done"] }
resources: { cpu: 0.2, enforcement: { cpu: { action: THROTTLE, gracePeriod: 1 } } }
`;

if (detectCgroups().controllers.has('cpu'))
  describe('a saved plan', () => {
    it('is as true under a throttle as without one', async () => {
      const o = opened({
        'pj.yaml': 'agent: { sampling: { interval: 200ms } }\n',
        'spin.yaml': SPINNER,
        'new.yaml': 'applicationId: new\nnative: { command: sleep, args: ["999"] }\ndependencies: [spin]\n',
      });
      here = o;
      await o.project.apply({ plan: { targets: ['spin'] } });
      o.pj.write({ 'spin.yaml': `${SPINNER}tags: { a: b }\n` });
      const file = join(o.pj.dir, 'plan.json');
      await o.project.savePlan(file);
      const events = () => readFileSync(join(o.pj.dir, '.pj/events.ndjson'), 'utf8');
      expect(await until(() => events().includes('"throttle_set"'), 60_000)).toBe(true);
      expect((await o.project.apply({ planFile: file })).outcome).toBe('ok');
    });
  });
