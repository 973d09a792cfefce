import { existsSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import { containerName } from '../../../../model/container-spec.ts';
import type { Pointer } from '../../../../model/json.ts';
import type { Snapshot } from '../../../../model/record.ts';
import { isJob, type Spec } from '../../../../model/spec.ts';
import type { Workload } from '../../../../model/workload.ts';
import type { Finding } from '../../../contract.ts';
import { checkEnforcement } from '../../../enforcement.ts';
import { text } from '../../api/things-check.ts';
import type { RuntimeOptions } from '../../runtime.ts';
import type { Lxc } from '../engine.ts';
import { defaultBridgeName, hostBridges } from '../network/default-bridge.ts';
import { limitProblems } from './limit-check.ts';
import { nameTaken } from './make.ts';
import { imageOf, imageProblem } from './root-fs.ts';
import { isSystem, securityOf, subordinateIds } from './security.ts';
import { isOwn, isUnmarked, seeContainer } from './seen-container.ts';
import { unthrottledLxc } from './throttle.ts';

/** Takes one finding: where, what, and what to do about it. */
export type Tell = (path: Pointer, message: string, hint: string) => void;

/** What LXC cannot do of what these containers say. */
export function checkContainers(
  lxc: Lxc,
  { dir, project }: RuntimeOptions,
  workloads: readonly Workload[],
  state: Snapshot | null | undefined,
): Map<string, Finding[]> {
  const findings = new Map<string, Finding[]>();
  for (const workload of workloads) {
    const { spec } = workload;
    const found: Finding[] = [];
    const error: Tell = (path, message, hint) => void found.push({ severity: 'error', path, message, hint });
    const warning: Tell = (path, message, hint) => void found.push({ severity: 'warning', path, message, hint });
    found.push(...nameFindings(lxc, project, workload, state));
    unknownToLxc(spec, error);
    wholeSystem(spec, error);
    sources(spec, dir, error);
    security(spec, dir, error);
    network(spec, error);
    limitProblems(lxc.host, spec, error);
    found.push(...checkEnforcement(spec.resources, (resource) => unthrottledLxc(resource, lxc.host)));
    promises(spec, warning);
    if (found.length > 0) findings.set(workload.id, found);
  }
  return findings;
}

const OTHER = 'Take it away, or use docker or podman.';

/** Keys that other engines have something for. */
function unknownToLxc({ container, healthCheck }: Spec, error: Tell): void {
  const no = (key: string, value: unknown, what: string, hint = OTHER): void => {
    if (value !== undefined && value !== false) error(`/container/${key}`, what, hint);
  };
  no('registry', container?.registry, 'LXC has no registries: its images are files of this host, or templates');
  no('gpus', container?.gpus, 'pj hands no GPUs to containers on LXC', 'Name its `devices`, or use docker or podman.');
  no('tty', container?.tty, 'a container on LXC writes its output to files, not to a terminal');
  no('logging/driver', container?.logging?.driver, 'LXC has no logging drivers');
  no('logging/options', container?.logging?.options, 'LXC has no logging drivers');
  if (container?.pull === 'always')
    error('/container/pull', 'LXC pulls no images', 'Take it away; another image file is another container.');
  if (container?.init === false)
    error('/container/init', 'on LXC an init process always reaps the children', 'Take it away.');
  if (healthCheck?.type === 'engine')
    error('/healthCheck/type', 'images of LXC bring no health checks', 'Use exec, http or tcp.');
  for (const [i, port] of (container?.networkMode === 'host' ? [] : (container?.ports ?? [])).entries())
    error(
      `/container/ports/${i}`,
      `pj publishes no ports on LXC (${port.container})`,
      'Reach it from this host at its own address (${workload.ID.address}), or say networkMode: host.',
    );
}

/** What makes no sense where the init of the image is run. */
function wholeSystem(spec: Spec, error: Tell): void {
  if (!isSystem(spec)) return;
  const without = 'without a `command` the whole system in the image is started';
  const hint = 'Give it a `command`.';
  if (isJob(spec)) error('/container/type', `${without}, which is no job`, hint);
  if (spec.container?.workdir !== undefined) error('/container/workdir', `${without}, which has no folder`, hint);
  if (spec.container?.user !== undefined || securityOf(spec).user !== undefined)
    error('/container/user', `${without}, whose init needs to be root`, hint);
  if (securityOf(spec).hardened === true)
    error('/security/hardened', `${without}, whose init needs to be root with some rights`, hint);
}

/** Files and folders of this host. */
function sources({ container, volumes = [] }: Spec, dir: string, error: Tell): void {
  const image = text(container?.image);
  const problem = image === undefined ? undefined : imageProblem(imageOf(image, dir));
  if (problem !== undefined)
    error('/container/image', problem, 'Give a tarball or folder of a root file system, or template:NAME.');
  for (const [i, { type, source, name, size }] of volumes.entries()) {
    const path = text(source);
    if (type === 'bind' && path !== undefined && !existsSync(isAbsolute(path) ? path : resolve(dir, path)))
      error(`/volumes/${i}/source`, `${path} is not there`, 'Make it, or correct its path.');
    if (size !== undefined && type !== 'tmpfs' && name === undefined)
      error(`/volumes/${i}/size`, 'pj cannot limit the size of a folder on LXC', 'Take `size` away, or use tmpfs.');
  }
  for (const [i, device] of (container?.devices ?? []).entries()) {
    const path = text(device)?.split(':')[0];
    if (path !== undefined && !existsSync(path))
      error(`/container/devices/${i}`, `the device ${path} is not there`, 'Correct its path.');
  }
}

function security(spec: Spec, dir: string, error: Tell): void {
  const { seccomp, apparmor, selinux, userNamespace } = securityOf(spec);
  const profile = text(seccomp);
  if (profile !== undefined && profile !== 'unconfined' && !existsSync(resolve(dir, profile)))
    error('/security/seccomp', `${profile} is not there`, 'Correct its path; it is relative to the project.');
  if (profile?.endsWith('.json') === true)
    error(
      '/security/seccomp',
      'LXC takes a profile in its own form, not in that of Docker',
      'See seccomp in lxc.container.conf(5).',
    );
  if (apparmor !== undefined && apparmor !== 'unconfined' && !existsSync('/sys/kernel/security/apparmor'))
    error('/security/apparmor', 'the kernel of this host has no AppArmor', 'Take it away.');
  if (selinux !== undefined && !existsSync('/sys/fs/selinux'))
    error('/security/selinux', 'the kernel of this host has no SELinux', 'Take it away.');
  if (userNamespace === 'auto' && (['uid', 'gid'] as const).some((kind) => subordinateIds(kind) === undefined))
    error(
      '/security/userNamespace',
      'root has no ids of its own for containers',
      'Give it some: echo root:500000:65536 >> /etc/subuid, and to /etc/subgid.',
    );
  else if (userNamespace !== undefined && !['host', 'auto'].includes(userNamespace))
    error('/security/userNamespace', `pj makes no user namespace ${userNamespace} on LXC`, 'Use auto or host.');
}

function network({ container }: Spec, error: Tell): void {
  const { networkMode = 'bridge', networks = [] } = container ?? {};
  const bridge = defaultBridgeName();
  if (networkMode === 'bridge' && networks.length === 0 && !hostBridges().includes(bridge))
    error(
      '/container/networkMode',
      `LXC's own bridge ${bridge} is not there`,
      'Bring it up (USE_LXC_BRIDGE="true" in /etc/default/lxc-net, systemctl start lxc-net), or use `networks`.',
    );
  for (const [i, { address6 }] of networks.entries())
    if (address6 !== undefined)
      error(`/container/networks/${i}/address6`, 'pj gives no IPv6 addresses on LXC', 'Take it away.');
}

/** What nobody would keep. */
function promises({ restart, container }: Spec, warning: Tell): void {
  const { policy } = restart ?? {};
  // Where it is said, the agent stays awake for it.
  if (policy === undefined && container?.type !== 'job')
    warning(
      '/restart/policy',
      "LXC starts nothing again by itself: pj's agent does, which stays awake for it where a policy is set",
      'Say restart: {policy: on-failure}, or "no": the next `pj apply` starts it again then.',
    );
  if (container?.logging?.maxSize !== undefined || container?.logging?.maxFiles !== undefined)
    warning('/container/logging', 'on LXC the output is rotated when the container is started', 'Keep that in mind.');
}

/** Whether the name can be had. */
function nameFindings(lxc: Lxc, project: string, { id }: Workload, state: Snapshot | null | undefined): Finding[] {
  const known = state?.workloads[id];
  const generation = known?.generation ?? 1;
  const seen = seeContainer(lxc, containerName(project, id, generation));
  const lineage = state?.lineage ?? '';
  if (
    seen === undefined ||
    isUnmarked(seen) ||
    isOwn(seen, { project, lineage, id, generation }, known?.handle ?? null)
  )
    return [];
  const { message, hint } = nameTaken(seen.name, id, seen);
  // Where nobody has looked at the state it may be one that it knows.
  return [{ severity: state === undefined ? 'warning' : 'error', message, hint }];
}
