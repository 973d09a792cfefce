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
  it('tells of Java and its host JVMs in one line, and of every kind', () => {
    const others = ['native', 'container', 'vm', 'external'].map((one) => usable(one, 'x'));
    expect(shown([...others, usable('java', 'Java 17 (/usr/bin/java)', ['also 25'])])).toEqual([
      '  ok  native: x',
      '  ok  container, network, volume: x',
      '  ok  vm: x',
      '  ok  external: x',
      '  ok  java, jvm: Java 17 (/usr/bin/java)',
      '      also 25',
    ]);
    expect(
      shown([
        ...others,
        { provider: 'java', usable: false, engine: 'java', reason: 'no Java', install: 'Install it' },
      ]).slice(-2),
    ).toEqual(['  no  java, jvm: no Java', '      Install it']);
  });
});
