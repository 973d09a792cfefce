import { describe, expect, it } from 'vitest';
import type { Resources } from '../../src/model/spec.ts';
import { checkEnforcement } from '../../src/providers/enforcement.ts';

const told = (resources: Resources | undefined, why?: string) =>
  checkEnforcement(resources, () => why).map(({ severity, path, message }) => `${severity} ${path}: ${message}`);

describe('what cannot be enforced', () => {
  it('is what has no quota, with the key that is missing', () => {
    expect(told({ enforcement: { threads: { action: 'NOTIFY' } } })).toEqual([
      'error /resources/enforcement/threads: there is no quota to enforce: `resources.maxThreads` or `resources.maxProcesses` is not set',
    ]);
    expect(told({ maxProcesses: 3, enforcement: { threads: { action: 'NOTIFY' } } })).toEqual([]);
  });

  it('is THROTTLE where the provider says why, and of disk and threads everywhere', () => {
    const all = { cpu: 1, memory: 1, disk: 1, maxThreads: 1 };
    const throttle = { action: 'THROTTLE' as const };
    const enforcement = { cpu: throttle, memory: throttle, disk: throttle, threads: throttle };
    expect(told({ ...all, enforcement }).map((one) => one.split(':')[0])).toEqual([
      'error /resources/enforcement/disk',
      'error /resources/enforcement/threads',
    ]);
    expect(told({ ...all, enforcement: { cpu: throttle } }, 'no cpu controller')).toEqual([
      'error /resources/enforcement/cpu: THROTTLE of cpu cannot be done: no cpu controller',
    ]);
    expect(told({ ...all, enforcement: { cpu: { action: 'KILL' } } }, 'no cpu controller')).toEqual([]);
  });

  it('is nothing where nothing is enforced, or a template stands in its place', () => {
    expect(told(undefined)).toEqual([]);
    expect(told({ cpu: 1 })).toEqual([]);
    const leaf = '${var.action}' as unknown as 'THROTTLE';
    expect(told({ disk: 1, enforcement: { disk: { action: leaf } } })).toEqual([]);
  });
});
