import { PjError } from '../../errors.ts';
import { classPathOf } from '../../jvm/classpath.ts';
import { type Pointer, pointer } from '../../model/json.ts';
import type { Spec } from '../../model/spec.ts';
import { isSensitive, isTemplate, leavesOf } from '../../model/template.ts';
import type { Workload } from '../../model/workload.ts';
import { type FoundJava, findJava, satisfies } from '../../os/jdk.ts';
import { isInTmp } from '../../os/sandbox.ts';
import type { Finding } from '../contract.ts';
import { findJar } from '../java/jars.ts';
import { checkNative } from '../native/check.ts';
import { type HostFinder, socketOf } from './host.ts';
import { hostHeap } from './native-spec.ts';
import { LEAST_FEATURE, MOST_WITH_POLICIES } from './rules.ts';

/** Flags that would have it run another program, or wait for a person. */
const NOT_OURS =
  /^(-cp|-classpath|--class-path(=.*)?|-jar|-m|--module(=.*)?|-version|--version|-help|-\?|-h|--help|-X|--dry-run|@.*)$/;
const MIB = 1024 * 1024;
/** What a JVM needs beside its heap, at the least: metaspace, code, stacks. */
const BESIDE = 64 * MIB;

/** What cannot be held or done for host JVMs on this host. What depends on a template is looked at when it is known. */
export function checkHosts(workloads: readonly Workload[], finder: HostFinder): Map<string, Finding[]> {
  const { dir, env } = finder;
  const found = new Map<string, Finding[]>();
  const native = checkNative(
    // That there is no Java is told once.
    workloads.map(({ spec, ...rest }) => ({ ...rest, spec: { ...spec, native: { command: process.execPath } } })),
    dir,
    env,
  );
  for (const { id, spec } of workloads) {
    const home: unknown = spec.jvm?.home;
    const java = home === undefined || typeof home === 'string' ? findJava(home, { env, dir }) : undefined;
    const findings = [
      ...checkJava(id, spec, java),
      ...checkProgram(finder),
      ...checkFlags(spec, java),
      ...checkHeap(spec),
      ...checkLibraries(spec, dir),
      ...checkProperties(spec),
      ...checkSocket(id, spec, finder),
      ...(native.get(id) ?? []).map(placed),
    ];
    if (findings.length > 0) found.set(id, findings);
  }
  return found;
}

const placed = (finding: Finding): Finding =>
  finding.path?.startsWith('/native') === true ? { ...finding, path: '/jvm' } : finding;

function checkJava(id: string, { jvm }: Spec, java: FoundJava | undefined): Finding[] {
  const wanted: unknown = jvm?.version;
  const path: Pointer = jvm?.home === undefined ? '/jvm' : '/jvm/home';
  const refuse = (where: Pointer, tried: string): Finding[] => {
    const { message, hint } = new PjError('PJ5601', { id, tried });
    return [{ severity: 'error', path: where, message, hint }];
  };
  if (typeof wanted === 'string' && satisfies(0, wanted) === undefined) {
    const hint = 'Write a major version: `17` (exactly), `>=17`, `<21`.';
    return [
      { severity: 'error', path: '/jvm/version', message: `${JSON.stringify(wanted)} is no version of Java`, hint },
    ];
  }
  if (java === undefined) return [];
  if (java.reason !== undefined) return refuse(path, java.reason);
  if (java.feature < LEAST_FEATURE)
    return refuse(path, `a host JVM needs Java ${LEAST_FEATURE} or newer, and ${java.home} is ${java.version}`);
  if (typeof wanted !== 'string' || satisfies(java.feature, wanted) === true) return [];
  return refuse('/jvm/version', `it needs Java ${wanted}, and ${java.home} is ${java.version}`);
}

/** Told where it is missing: it would fail only when the JVM is started. */
function checkProgram({ env }: HostFinder): Finding[] {
  const missing = (['jvm-host.jar', 'pj-api.jar'] as const).find((name) => findJar(name, env) === undefined);
  if (missing === undefined) return [];
  const { message, hint } = new PjError('PJ5602', { path: missing });
  return [{ severity: 'error', path: '/jvm', message, hint }];
}

function checkFlags({ jvm }: Spec, java: FoundJava | undefined): Finding[] {
  const feature = java?.reason === undefined ? java?.feature : undefined;
  return (jvm?.args ?? []).flatMap((arg: unknown, index): Finding[] => {
    if (typeof arg !== 'string') return [];
    const path = pointer('jvm', 'args', index);
    if (NOT_OURS.test(arg) || !arg.startsWith('-')) {
      const hint = 'Flags of the JVM alone stand here; libraries for its applications under `jvm.classpath`.';
      return [{ severity: 'error', path, message: `${arg} would have it run something else`, hint }];
    }
    if (/^-Djava\.security\.manager(?!=(allow|disallow)$)/.test(arg)) {
      const hint = 'Give each application a policy of its own (`security.allowNetworking` and its like).';
      return [{ severity: 'error', path, message: `${arg} would hold for pj’s own part too`, hint }];
    }
    if (arg === '-Djava.security.manager=allow' && feature !== undefined && feature > MOST_WITH_POLICIES)
      return [
        {
          severity: 'error',
          path,
          message: `Java ${feature} does not start with a security manager`,
          hint: 'Leave it out.',
        },
      ];
    return [];
  });
}

function checkHeap(spec: Spec): Finding[] {
  const memory: unknown = spec.resources?.memory;
  const heap = hostHeap(spec);
  if (typeof memory !== 'number' || heap === undefined || heap <= memory - BESIDE) return [];
  const path: Pointer = spec.jvm?.heap === undefined ? '/resources/memory' : '/jvm/heap';
  const message = `${mib(memory)} of memory do not hold a heap of ${mib(heap)} and at least ${mib(BESIDE)} beside it`;
  const severity = heap > memory ? 'error' : 'warning';
  return [{ severity, path, message, hint: 'Raise `resources.memory`, or lower `jvm.heap`.' }];
}

const mib = (bytes: number): string => `${Math.round(bytes / MIB)} MiB`;

function checkLibraries({ jvm }: Spec, dir: string): Finding[] {
  const { classpath } = jvm ?? {};
  if (classpath === undefined || leavesOf(classpath).length > 0) return [];
  const { entries, faults } = classPathOf({ classpath }, dir);
  const colon = entries.filter((path) => path.includes(':'));
  return [
    ...faults.map(({ entry, reason }) => ({ path: pointer('jvm', 'classpath', classpath.indexOf(entry)), reason })),
    ...colon.map((path) => ({ path: '/jvm/classpath', reason: `${path} has a colon in its name` })),
  ].map(({ path, reason }) => ({
    severity: 'error',
    path,
    message: reason,
    hint: 'Build it, or correct the path; paths are relative to the project.',
  }));
}

/** They stand on the command line, which every user can read. */
function checkProperties({ properties = {} }: Spec): Finding[] {
  return Object.entries(properties).flatMap(([name, value]: [string, unknown]): Finding[] => {
    const secret = isSensitive(value) || (isTemplate(value) && value.$template.sensitive);
    if (!secret) return [];
    const message = 'a sensitive value would be on its command line, which every user of this host can read';
    const hint = 'Put it into the `properties` of the applications that need it, or into `env`.';
    return [{ severity: 'error', path: pointer('properties', name), message, hint }];
  });
}

/** Its socket must be one that pj sees as well. */
function checkSocket(id: string, { security }: Spec, finder: HostFinder): Finding[] {
  const socket = socketOf(finder, id, undefined);
  const hidden = security?.['privateTmp'] === true && isInTmp(socket);
  if (!hidden) return [];
  const message = `its socket ${socket} would be hidden in a /tmp of its own`;
  const hint = 'Leave out `privateTmp`, or run pj with XDG_RUNTIME_DIR set.';
  return [{ severity: 'error', path: '/security/privateTmp', message, hint }];
}
