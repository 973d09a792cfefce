import { PjError } from '../../../errors.ts';
import { POLICY_KEYS } from '../../../jvm/policy.ts';
import { isObject, type JsonObject } from '../../../model/json.ts';
import { isJob, type Spec } from '../../../model/spec.ts';
import type { Workload } from '../../../model/workload.ts';
import { type FoundJava, findJava } from '../../../os/jdk.ts';
import type { Finding } from '../../contract.ts';
import { checkNative } from '../../native/check.ts';
import type { JavaOptions } from '../runtime.ts';
import { checkClassPath } from './check-class-path.ts';
import { checkHeap } from './check-heap.ts';
import { checkPolicy } from './check-policy.ts';
import { checkSecrets } from './check-secrets.ts';
import { checkVersion } from './check-version.ts';

/** What cannot be held or done for applications with a JVM of their own. What depends on a template is looked at when it is known. */
export function checkOwn(workloads: readonly Workload[], { dir, env }: JavaOptions): Map<string, Finding[]> {
  const found = new Map<string, Finding[]>();
  const javas = new Map<string | undefined, FoundJava>();
  const javaOf = ({ java }: Spec): FoundJava | undefined => {
    const home: unknown = java?.home;
    if (home !== undefined && typeof home !== 'string') return undefined;
    const known = javas.get(home) ?? findJava(home, { env, dir });
    javas.set(home, known);
    return known;
  };
  const native = checkNative(
    workloads.map((workload) => ({ ...workload, spec: nativeForm(workload.spec, javaOf(workload.spec)) })),
    dir,
    env,
  );
  for (const { id, spec, dependencies } of workloads) {
    const awaits = dependencies.some(({ condition }) => condition === 'completed');
    const java = javaOf(spec);
    const feature = java?.reason === undefined ? java?.feature : undefined;
    const findings = [
      ...checkJava(id, spec, java),
      ...checkVersion(spec, java),
      ...checkClassPath(spec, dir, feature, awaits),
      ...checkHeap(spec),
      ...checkPolicy(spec, dir, feature),
      ...checkSecrets(spec),
      ...checkManners(spec),
      ...(native.get(id) ?? []).map(placed),
    ];
    if (findings.length > 0) found.set(id, findings);
  }
  return found;
}

/** Keys of `security` that the process itself does not know of. */
const NOT_NATIVE = new Set<string>([...POLICY_KEYS, 'untrusted', 'user', 'group']);

/** What is checked as of any other process. */
function nativeForm({ java, security, ...spec }: Spec, found: FoundJava | undefined): Spec {
  const { user, group } = (security ?? {}) as { user?: string; group?: string };
  const sandbox = Object.fromEntries(Object.entries(security ?? {}).filter(([key]) => !NOT_NATIVE.has(key)));
  return {
    ...spec,
    ...(security === undefined ? {} : { security: sandbox as JsonObject }),
    native: {
      // That there is none is told once.
      command: found?.reason === undefined ? (found?.command ?? process.execPath) : process.execPath,
      ...(user === undefined ? {} : { user }),
      ...(group === undefined ? {} : { group }),
      ...(isJob({ java: java ?? {} }) ? { type: 'job' as const } : {}),
    },
  };
}

/** The place in a Java spec that a finding about its process means. */
function placed(finding: Finding): Finding {
  const { path } = finding;
  if (path === undefined || !path.startsWith('/native')) return finding;
  return { ...finding, path: path.replace(/^\/native\/(user|group)$/, '/security/$1').replace(/^\/native.*/, '/java') };
}

function checkJava(id: string, { java }: Spec, found: FoundJava | undefined): Finding[] {
  if (found?.reason === undefined) return [];
  const { message, hint } = new PjError('PJ5601', { id, tried: found.reason });
  return [{ severity: 'error', path: java?.home === undefined ? '/java' : '/java/home', message, hint }];
}

/** What means something in a JVM that others share, and not here. */
function checkManners({ java, security }: Spec): Finding[] {
  const findings: Finding[] = [];
  if (java?.daemon === true)
    findings.push({
      severity: 'error',
      path: '/java/daemon',
      message: 'a JVM of its own ends when main has returned and no thread is left',
      hint: 'Let main wait, or run it in a host JVM (`java.jvm: shared`).',
    });
  if (java?.enableMessaging === true)
    findings.push({
      severity: 'warning',
      path: '/java/enableMessaging',
      message: 'messages and services stay within a JVM, and in this one there is nobody else',
      hint: 'Applications that talk to each other over the bus share a host JVM (`java.jvm: shared`).',
    });
  const guarded = ['readOnlyRoot', 'privateNetwork', 'privateTmp', 'user', 'capabilities', 'noNewPrivileges'];
  if (isObject(security) && security['untrusted'] === true && !guarded.some((key) => security[key] !== undefined))
    findings.push({
      severity: 'warning',
      path: '/security/untrusted',
      message: 'nothing keeps what is not trusted from what this user may do',
      hint: 'Give it a `security.user`, `readOnlyRoot`, `privateTmp` or `privateNetwork`.',
    });
  return findings;
}
