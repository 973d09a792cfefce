import { existsSync, statSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import { MARK } from '../../agent/entry.ts';
import { baseEnvironment } from '../../agent/environment.ts';
import { openRegistry } from '../../agent/registry.ts';
import { linkOf } from '../../agent/volumes.ts';
import { type Json, pointer } from '../../model/json.ts';
import type { Spec } from '../../model/spec.ts';
import { leavesOf } from '../../model/template.ts';
import type { Workload } from '../../model/workload.ts';
import type { LimitedResource } from '../../os/cgroup.ts';
import { type HostFacts, hostFacts } from '../../os/host.ts';
import { isAlive } from '../../os/identity.ts';
import { checkSecurity, findTools, resolveCommand, type Tools } from '../../os/sandbox.ts';
import { unthrottledProcess } from '../agent/throttle.ts';
import type { Finding } from '../contract.ts';
import { checkEnforcement } from '../enforcement.ts';

/** What every workload is checked against: looked up once. */
interface Facts {
  project: string;
  path: string;
  host: HostFacts;
  tools: Tools;
  commands: Map<string, string | undefined>;
  /** Pids of what was forgotten and runs on, by the id that it had. */
  forgotten: Map<string, number>;
}

/** What cannot be held or done on this host, for all workloads. What depends on a template is looked at when it is known. */
export function checkNative(
  workloads: readonly Workload[],
  project: string,
  env: Record<string, string | undefined>,
): Map<string, Finding[]> {
  const path = baseEnvironment(env)['PATH'] ?? '';
  const facts: Facts = {
    project,
    path,
    host: hostFacts(),
    tools: findTools(),
    commands: new Map(),
    forgotten: forgottenOf(project),
  };
  const found = new Map<string, Finding[]>();
  const links = new Map<string, string>();
  for (const workload of workloads) {
    const findings = [
      ...checkForgotten(workload.id, facts),
      ...checkCommand(workload.spec, facts),
      ...checkSandbox(workload.spec, facts),
      ...checkLimits(workload.spec, facts),
      ...checkVolumes(workload.spec, facts),
      ...checkLinks(workload, facts, links),
      ...checkEnvironment(workload.spec),
    ];
    if (findings.length > 0) found.set(workload.id, findings);
  }
  return found;
}

/** What was forgotten and still runs: what has its name would share its logs and volumes. */
function forgottenOf(project: string): Map<string, number> {
  return new Map(
    openRegistry(project)
      .released()
      .flatMap(({ home, process }) => (process !== null && isAlive(process) ? [[home.id, process.pid] as const] : [])),
  );
}

function checkForgotten(id: string, { forgotten }: Facts): Finding[] {
  const pid = forgotten.get(id);
  if (pid === undefined) return [];
  const message = `it still runs since it was forgotten (pid ${pid}); no second one is started beside it`;
  return [{ severity: 'warning', message, hint: `Take it back with \`pj import ${id} ${pid}\`, or end it yourself.` }];
}

const isKnown = (value: Json | undefined): boolean => value !== undefined && leavesOf(value).length === 0;

function checkCommand({ native, env, healthCheck }: Spec, facts: Facts): Finding[] {
  const findings: Finding[] = [];
  if (native === undefined) return [{ severity: 'error', message: 'it has no `native` block' }];
  const workdir = resolve(facts.project, '.');
  if (native.workdir !== undefined && isKnown(native.workdir)) {
    const dir = resolve(facts.project, native.workdir);
    if (!statSync(dir, { throwIfNoEntry: false })?.isDirectory()) {
      findings.push({
        severity: 'error',
        path: '/native/workdir',
        message: `the working directory ${dir} is not there`,
        hint: `mkdir -p ${dir}`,
      });
    }
  }
  const ownPath = env?.['PATH'];
  if (isKnown(native.command) && (ownPath === undefined || isKnown(ownPath))) {
    const path = ownPath ?? facts.path;
    const key = `${native.command}\0${path}`;
    if (!facts.commands.has(key)) {
      facts.commands.set(key, resolveCommand(native.command, { cwd: workdir, path }).reason);
    }
    const reason = facts.commands.get(key);
    if (reason !== undefined) {
      const hint = 'Install it, build it, or correct `native.command`; relative paths are relative to the project.';
      findings.push({ severity: 'error', path: '/native/command', message: reason, hint });
    }
  }
  if (healthCheck?.type === 'exec' && healthCheck.command?.length === 0) {
    findings.push({ severity: 'error', path: '/healthCheck/command', message: 'the command is empty' });
  }
  return findings;
}

function checkSandbox({ native, security }: Spec, { tools, project, host }: Facts): Finding[] {
  const workdir = native?.workdir === undefined || isKnown(native.workdir) ? native?.workdir : undefined;
  return checkSecurity(security, tools, {
    user: native?.user,
    group: native?.group,
    umask: native?.umask,
    rlimits: native?.rlimits,
    workdir: resolve(project, workdir ?? '.'),
    isRoot: host.isRoot,
  });
}

const WATCH_DISK = 'Say `resources.enforcement.disk`: then the agent watches it.';

/** Which limit needs which controller. */
const CONTROLLERS = { cpu: 'cpu', memory: 'memory', maxProcesses: 'pids', maxThreads: 'pids' } as const;

function checkLimits({ resources }: Spec, { host }: Facts): Finding[] {
  const findings: Finding[] = [];
  if (resources === undefined) return findings;
  const warn = (key: string, message: string, hint?: string) =>
    findings.push({
      severity: 'warning',
      path: pointer('resources', key),
      message,
      ...(hint === undefined ? {} : { hint }),
    });
  findings.push(...checkEnforcement(resources, (resource) => unthrottledProcess(resource, host.cgroups)));
  for (const [key, controller] of Object.entries(CONTROLLERS) as [keyof typeof CONTROLLERS, LimitedResource][]) {
    if (resources[key] === undefined || host.cgroups.controllers.has(controller)) continue;
    const why = host.cgroups.reason ?? `no ${controller} controller`;
    warn(key, `this limit is not held by the kernel here: ${why}`, 'Run pj as root, or have cgroups delegated to you.');
  }
  const { cpu, memory, maxProcesses, maxThreads } = resources;
  if (typeof memory === 'number' && memory > host.memory) {
    warn('memory', `${mib(memory)} is more than this host has (${mib(host.memory)})`);
  }
  if (typeof cpu === 'number' && cpu > host.cpus) {
    warn('cpu', `${cpu} cores are more than this host has (${host.cpus})`);
  }
  if (maxProcesses !== undefined && maxThreads !== undefined) {
    warn('maxProcesses', 'the kernel counts threads and processes alike: maxThreads is held, this is not');
  } else if (typeof maxProcesses === 'number' && maxProcesses < 16) {
    warn('maxProcesses', `the kernel counts every thread, so ${maxProcesses} may be less than one program needs`);
  }
  if (resources.disk !== undefined && resources.enforcement?.disk === undefined)
    warn('disk', 'the disk use of a native process is not held by the kernel', WATCH_DISK);
  return findings;
}

const mib = (bytes: number) => `${Math.round(bytes / 1024 / 1024)} MiB`;

function checkVolumes({ volumes }: Spec, { project }: Facts): Finding[] {
  const findings: Finding[] = [];
  (volumes ?? []).forEach((volume, index) => {
    const error = (key: string, message: string, hint: string) =>
      findings.push({ severity: 'error', path: pointer('volumes', index, key), message, hint });
    const warn = (key: string, message: string) =>
      findings.push({ severity: 'warning', path: pointer('volumes', index, key), message });
    if (volume.type === 'tmpfs') {
      error(
        'type',
        'a native process cannot have a tmpfs of its own',
        'Use `security.privateTmp` or an ephemeral volume.',
      );
    }
    if (isKnown(volume.path)) {
      const own =
        volume.type === 'bind' && isKnown(volume.source) && resolve(project, volume.source ?? '') === volume.path;
      if (isAbsolute(volume.path) && !own) {
        error(
          'path',
          'a native process sees the host’s own files, so nothing can be put at an absolute path',
          'Give a path relative to the working directory (a link is put there), and read PJ_VOLUME_NAME for the place of the data.',
        );
      } else if (volume.path.split('/').includes('..')) {
        error('path', 'the path leads out of the working directory', 'Give a path below the working directory.');
      }
    }
    if (volume.type === 'bind') {
      if (volume.source === undefined) {
        error('source', 'a bind volume needs a source', 'Name the folder of the host that it is.');
      } else if (isKnown(volume.source) && !existsSync(resolve(project, volume.source))) {
        error('source', `${resolve(project, volume.source)} is not there`, 'Make it, or correct the source.');
      }
    }
    if (volume.readOnly === true)
      warn('readOnly', 'not held for a native process: the user’s rights on the files decide');
    if (volume.size !== undefined) warn('size', 'nothing holds or watches the size of this volume: it may outgrow it');
  });
  return findings;
}

/** Two workloads in one working directory cannot both have a link of the same name there. */
function checkLinks({ id, spec }: Workload, { project }: Facts, links: Map<string, string>): Finding[] {
  const workdir = spec.native?.workdir;
  if (workdir !== undefined && !isKnown(workdir)) return [];
  return (spec.volumes ?? []).flatMap((volume, index) => {
    const link = isKnown(volume.path) ? linkOf(volume, resolve(project, workdir ?? '.')) : undefined;
    if (link === undefined) return [];
    const other = links.get(link);
    links.set(link, other ?? id);
    if (other === undefined || other === id) return [];
    const message = `${other} has a volume at ${link} too`;
    const hint = 'Give each a `native.workdir` of its own, or another path.';
    return [{ severity: 'error' as const, path: pointer('volumes', index, 'path'), message, hint }];
  });
}

function checkEnvironment({ env, properties }: Spec): Finding[] {
  const findings: Finding[] = [];
  for (const [block, values] of Object.entries({ env, properties })) {
    for (const name of Object.keys(values ?? {})) {
      const path = pointer(block, name);
      if (name === MARK) {
        findings.push({ severity: 'error', path, message: `${MARK} is pj’s own: it tells whose process it is` });
      } else if (name === '' || /[=\0]/.test(name)) {
        findings.push({ severity: 'error', path, message: `${JSON.stringify(name)} cannot be the name of a variable` });
      }
    }
  }
  return findings;
}
