import { describe, expect, it } from 'vitest';
import { learnBack, missingForStart, redactorOf, storable } from '../../src/agent/secrecy.ts';
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
    expect(missingForStart(learnt.missing)?.name).toBe('key');
  });

  it('are not believed where they have another digest than what was applied', () => {
    const holds = (_: unknown, value: unknown) => value === 't0' || value === 8080;
    const spec: Spec = {
      env: { TOKEN: hidden('token'), PORT: hidden('port'), OTHER: hidden('other') },
      native: { command: 'x' },
    };
    // As a program that writes its title over its environment leaves it.
    const learnt = learnBack(spec, { environ: { TOKEN: 't0', PORT: '8080', OTHER: 'x: worker' }, cmdline: [] }, holds);
    expect(learnt.spec.env).toEqual({ TOKEN: 't0', PORT: 8080, OTHER: hidden('other') });
    expect(learnt.missing).toEqual([{ path: '/env/OTHER', name: 'other' }]);
  });

  it('are missing when nothing runs', () => {
    expect(missingForStart(learnBack(stored, { environ: {}, cmdline: [] }).missing)?.name).toBe('token');
  });
});

describe('texts that are written down', () => {
  it('hold no sensitive value, nor one that is a part of a longer text', () => {
    const leaf = { $sensitive: { parts: ['/srv/', { secret: 'dir' }, '/bin'], digest: 'd' } } as unknown as string;
    const stored: Spec = { native: { command: leaf, args: ['plain', hidden('key')] } };
    const redact = redactorOf(stored, { native: { command: '/srv/canary-1/bin', args: ['plain', 'canary-2'] } });
    expect(redact('/srv/canary-1/bin is not there')).toBe('(sensitive) is not there');
    expect(redact('canary-1, plain and canary-2')).toBe('(sensitive), plain and (sensitive)');
  });
});
