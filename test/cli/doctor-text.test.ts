import { Chalk } from 'chalk';
import { describe, expect, it } from 'vitest';
import { doctorText } from '../../src/cli/doctor-text.ts';
import type { Diagnosis } from '../../src/project/doctor.ts';

const diagnosis = (providers: Diagnosis['providers']): Diagnosis => ({
  host: {
    cpus: 2,
    memory: 2 ** 31,
    kernel: '6.1',
    isRoot: true,
    cgroups: { version: 2, writable: true, controllers: new Set(['cpu']) },
  } as unknown as Diagnosis['host'],
  providers,
  state: { ok: true, message: 'no state yet' },
  descriptors: { ok: true, message: '0 workloads, 0 errors' },
});
const shown = (providers: Diagnosis['providers']): string[] => {
  const lines = doctorText(diagnosis(providers), { width: 80, now: new Date(0), chalk: new Chalk({ level: 0 }) }).split(
    '\n',
  );
  return lines.slice(lines.indexOf('Providers') + 1, lines.indexOf('Project') - 1);
};
const usable = (provider: string, engine: string, notes: string[] = []) => ({
  provider,
  usable: true as const,
  engine,
  version: '',
  notes,
});

describe('doctor', () => {
  it('tells of Java and of its host JVMs, and leaves out no kind', () => {
    const others = ['native', 'container', 'vm', 'external'].map((one) => usable(one, 'x'));
    const no = { provider: 'jvm', usable: false as const, engine: 'java', reason: 'no program', install: 'Build it' };
    expect(shown([...others, usable('java', 'Java (Debian) 17.0.15', ['also 25']), no])).toEqual([
      '  ok  native: x',
      '  ok  container, network, volume: x',
      '  ok  vm: x',
      '  ok  external: x',
      '  ok  java: Java (Debian) 17.0.15',
      '      also 25',
      '  no  jvm: no program',
      '      Build it',
    ]);
    expect(shown(others).at(-1)).toBe('  no  java, jvm: not in this version of pj');
  });
});
