import { asksForPolicy } from '../../../jvm/policy.ts';
import { isObject, type Json, type Pointer, pointer } from '../../../model/json.ts';
import type { Snapshot } from '../../../model/record.ts';
import type { Resources, Spec } from '../../../model/spec.ts';
import type { Workload } from '../../../model/workload.ts';
import { hostFacts } from '../../../os/host.ts';
import { type FoundJava, findJava } from '../../../os/jdk.ts';
import type { Finding } from '../../contract.ts';
import { checkEnforcement } from '../../enforcement.ts';
import { MOST_WITH_POLICIES } from '../../jvm/rules.ts';
import { checkClassPath } from '../own/check-class-path.ts';
import { checkPolicy } from '../own/check-policy.ts';
import { checkVersion } from '../own/check-version.ts';
import { unthrottledJava } from '../unthrottled.ts';
import { hostOf } from './workshop.ts';

/** Where to look for what a host is. */
interface Surroundings {
  dir: string;
  env: Record<string, string | undefined>;
  state: Snapshot | null | undefined;
  /** Every workload of the project; absent where only applications are known. */
  all: readonly Workload[] | undefined;
}

/** The answer to most of what cannot be held. */
const OWN = 'Give it a JVM of its own: `java.jvm: own`.';

/** What cannot be held or done for applications in a JVM that others share. What depends on a template is looked at when it is known. */
export function checkShared(workloads: readonly Workload[], around: Surroundings): Map<string, Finding[]> {
  const found = new Map<string, Finding[]>();
  const javas = new Map<string, FoundJava | undefined>();
  const javaOf = (host: string): FoundJava | undefined => {
    if (!javas.has(host)) javas.set(host, javaOfHost(host, around));
    return javas.get(host);
  };
  for (const { id, spec, dependencies } of workloads) {
    const java = javaOf(hostOf(spec));
    const feature = java?.reason === undefined ? java?.feature : undefined;
    const awaits = dependencies.some(({ condition }) => condition === 'completed');
    const findings = [
      ...checkResources(spec),
      ...checkOnlyOwn(spec),
      ...checkSecurity(spec, around.dir, feature),
      ...checkKill(spec.resources),
      ...checkEnforcement(spec.resources, (resource) => unthrottledJava(resource, spec)),
      ...checkVolumes(spec),
      ...checkClassPath(spec, around.dir, feature, awaits),
      ...checkVersion(spec, java).map((one) => ({
        ...one,
        hint: `Change the Java of ${hostOf(spec)} (\`jvm.home\`). ${OWN}`,
      })),
    ];
    if (findings.length > 0) found.set(id, findings);
  }
  return found;
}

/** The Java that a host is to run with; undefined where that is not known yet. */
function javaOfHost(host: string, { dir, env, state, all }: Surroundings): FoundJava | undefined {
  const described = all?.find(({ id, kind }) => id === host && kind === 'jvm');
  // What is made up for its applications has nothing set; one that only the state knows is what was applied.
  const home: unknown = (described?.spec ?? (all === undefined ? state?.workloads[host]?.spec : undefined))?.jvm?.home;
  return home === undefined || typeof home === 'string' ? findJava(home, { env, dir }) : undefined;
}

function checkResources({ resources }: Spec): Finding[] {
  const findings: Finding[] = [];
  if (resources === undefined) return findings;
  const add = (severity: Finding['severity'], key: keyof Resources, message: string, hint?: string) =>
    findings.push({ severity, path: pointer('resources', key), message, ...(hint === undefined ? {} : { hint }) });
  if (resources.memory !== undefined)
    add(
      'error',
      'memory',
      'the heap of a shared JVM has no parts: one application’s memory cannot be held',
      `${OWN} Or limit the whole JVM (\`resources.memory\` or \`jvm.heap\` of its host).`,
    );
  if (resources.maxProcesses !== undefined)
    add(
      'error',
      'maxProcesses',
      'processes of one application in a shared JVM cannot be told from its neighbours’',
      OWN,
    );
  if (resources.disk !== undefined)
    add('warning', 'disk', 'the disk use of an application in a shared JVM is not held; sizes of volumes are watched');
  const { cpus, cgroups } = hostFacts();
  if (typeof resources.cpu === 'number' && resources.cpu > cpus)
    add('warning', 'cpu', `${resources.cpu} cores are more than this host has (${cpus})`);
  for (const [key, controller] of [
    ['cpu', 'cpu'],
    ['maxThreads', 'pids'],
  ] as const) {
    if (resources[key] === undefined || cgroups.controllers.has(controller)) continue;
    const why = cgroups.reason ?? `no ${controller} controller`;
    const hint = 'Run pj as root, or have cgroups delegated to you.';
    add('warning', key, `this limit is not held by the kernel here: ${why}`, hint);
  }
  return findings;
}

/** What a JVM has once, for all that is in it. */
function checkOnlyOwn({ env, java, healthCheck }: Spec): Finding[] {
  const findings: Finding[] = [];
  const error = (path: Pointer, message: string, hint = OWN) =>
    findings.push({ severity: 'error', path, message, hint });
  if (env !== undefined && Object.keys(env).length > 0)
    error('/env', 'a JVM has one environment for all that is in it', `Use \`properties\`, which only it sees. ${OWN}`);
  if (java?.home !== undefined)
    error('/java/home', 'a shared JVM has one Java for all that is in it', `Set \`jvm.home\` of its host. ${OWN}`);
  if (java?.jvmArgs !== undefined && java.jvmArgs.length > 0)
    error('/java/jvmArgs', 'flags hold for a whole JVM', `Set \`jvm.args\` of its host. ${OWN}`);
  if (java?.heap !== undefined)
    error('/java/heap', 'the heap of a shared JVM has no parts', `Set \`jvm.heap\` of its host. ${OWN}`);
  if (healthCheck?.type === 'exec' && healthCheck.command?.length === 0)
    error('/healthCheck/command', 'the command is empty', 'Name one.');
  return findings;
}

/** Keys that the kernel holds for whole processes. */
const OF_PROCESSES = [
  'user',
  'group',
  'noNewPrivileges',
  'capabilities',
  'readOnlyRoot',
  'writablePaths',
  'privateNetwork',
  'privateTmp',
] as const;

function checkSecurity(spec: Spec, dir: string, feature: number | undefined): Finding[] {
  const { security } = spec;
  if (security === undefined) return [];
  const findings: Finding[] = [];
  const error = (key: string, message: string, hint: string) =>
    findings.push({ severity: 'error', path: pointer('security', key), message, hint });
  for (const key of OF_PROCESSES)
    if (security[key] !== undefined)
      error(key, `${key} holds for a whole process, and a shared JVM is one`, `${OWN} Or set it for all, on the host.`);
  if (security['untrusted'] === true)
    error(
      'untrusted',
      'code that nobody trusts never runs in a JVM that others share: loaders keep names apart, nothing else',
      OWN,
    );
  if (!asksForPolicy(security)) return findings;
  if (feature !== undefined && feature > MOST_WITH_POLICIES) {
    const instead = `${OWN} There, \`privateNetwork\`, \`readOnlyRoot\` and \`writablePaths\` hold with every Java.`;
    for (const { path } of checkPolicy(spec, dir, feature))
      if (path !== undefined)
        findings.push({
          severity: 'error',
          path,
          message: `this cannot be held: Java ${feature}, which its host runs on, has no security manager any more (17–${MOST_WITH_POLICIES} do)`,
          hint: instead,
        });
    return findings;
  }
  return [...findings, ...checkPolicy(spec, dir, feature)];
}

/** A thread cannot be killed. */
function checkKill(resources: Resources | undefined): Finding[] {
  const told: Json | undefined = resources?.enforcement;
  if (!isObject(told)) return [];
  return Object.entries(told).flatMap(([resource, rule]): Finding[] => {
    if (!isObject(rule) || rule['action'] !== 'KILL') return [];
    return [
      {
        severity: 'error',
        path: pointer('resources', 'enforcement', resource),
        message: 'a thread that does not want to end cannot be killed in a JVM that others share',
        hint: `Use SHUTDOWN. ${OWN}`,
      },
    ];
  });
}

function checkVolumes({ volumes }: Spec): Finding[] {
  return (volumes ?? []).flatMap(({ type, readOnly, source }, index): Finding[] => {
    const findings: Finding[] = [];
    if (type === 'tmpfs')
      findings.push({
        severity: 'error',
        path: pointer('volumes', index, 'type'),
        message: 'an application in a shared JVM cannot have a tmpfs of its own',
        hint: 'Use an ephemeral volume.',
      });
    if (type === 'bind' && source === undefined)
      findings.push({
        severity: 'error',
        path: pointer('volumes', index, 'source'),
        message: 'a bind volume needs a source',
        hint: 'Name the folder of the host that it is.',
      });
    if (readOnly === true)
      findings.push({
        severity: 'warning',
        path: pointer('volumes', index, 'readOnly'),
        message: 'not held in a shared JVM: the rights of its user on the files decide',
      });
    return findings;
  });
}
