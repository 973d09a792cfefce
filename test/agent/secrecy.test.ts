import { describe, expect, it } from 'vitest';
import { learnBack, missingForStart, storable } from '../../src/agent/secrecy.ts';
import type { Spec } from '../../src/model/spec.ts';

const hidden = (secret: string) => ({ $sensitive: { parts: [{ secret }], digest: 'd' } }) as unknown as string;

describe('what is written down of a spec', () => {
  it('is the stored form where it is known', () => {
    const stored: Spec = { env: { A: hidden('a') } };
    expect(storable({ env: { A: 'plain' } }, stored)).toBe(stored);
  });

  it('has no value that could be a secret where nobody says which are', () => {
    const spec: Spec = {
      env: { A: 'canary-1' },
      properties: { B: 'canary-2' },
      healthCheck: { type: 'exec', command: ['x', 'canary-3'] },
      native: { command: 'run', args: ['canary-4'], stopCommand: ['canary-5'] },
    };
    const text = JSON.stringify(storable(spec, undefined));
    expect(text).not.toContain('canary');
    expect(text).toContain('run');
  });
});

describe('secrets learnt back from a running process', () => {
  const stored: Spec = {
    env: { TOKEN: hidden('token'), PLAIN: 'p' },
    native: { command: 'x', args: ['--key', hidden('key')], stopCommand: ['stop', hidden('stop')] },
  };

  it('come from its environment and its command line, whatever interpreter stands before', () => {
    const learnt = learnBack(stored, {
      environ: { TOKEN: 't0' },
      cmdline: ['/usr/bin/node', '/srv/x', '--key', 'k0'],
    });
    expect(learnt.spec.env).toEqual({ TOKEN: 't0', PLAIN: 'p' });
    expect(learnt.spec.native?.args).toEqual(['--key', 'k0']);
    expect(learnt.missing).toEqual([{ path: '/native/stopCommand/1', name: 'stop' }]);
    expect(missingForStart(learnt.missing)).toBeUndefined();
  });

  it('are not believed from a command line that the process has rewritten', () => {
    const learnt = learnBack(stored, { environ: { TOKEN: 't0' }, cmdline: ['x: worker', 'busy'] });
    expect(missingForStart(learnt.missing)).toBe('key');
  });

  it('are missing when nothing runs', () => {
    expect(missingForStart(learnBack(stored, { environ: {}, cmdline: [] }).missing)).toBe('token');
  });
});
