import type { ContainerSpec } from '../../../../../model/container-spec.ts';
import { pointer } from '../../../../../model/json.ts';
import type { Spec } from '../../../../../model/spec.ts';
import type { Finding } from '../../../../contract.ts';
import { parseAddress } from '../../../cidr.ts';
import type { ApiEngine } from '../../connection/engine.ts';
import { text } from '../../things-check.ts';
import type { Facts } from './check.ts';
import { error, list } from './finding.ts';

/** Networks, ports and kernel settings that contradict each other. */
export function checkNetworking({ container }: Spec, { engine }: Pick<Facts, 'engine'>): Finding[] {
  return container === undefined
    ? []
    : [
        ...checkMode(container),
        ...checkAddresses(container),
        ...checkHosts(container, engine),
        ...checkSysctls(container),
      ];
}

/** What only makes sense in a network of its own: engines leave it out without a word. */
function checkMode({ networkMode, ports, networks }: ContainerSpec): Finding[] {
  if (networkMode !== 'host' && networkMode !== 'none') return [];
  const findings: Finding[] = [];
  if (list(networks).length > 0) {
    const message = `with networkMode: ${networkMode} it is in no other network`;
    findings.push(error('/container/networks', message, 'Take one of the two away.'));
  }
  if (list(ports).length > 0) {
    const [message, hint] =
      networkMode === 'host'
        ? [
            'with networkMode: host no port is published: what it listens on is open on the host itself',
            'Take the ports away, or networkMode.',
          ]
        : ['with networkMode: none nothing can reach it, so that no port is published', 'Take one of the two away.'];
    findings.push(error('/container/ports', message, hint));
  }
  return findings;
}

function checkAddresses({ networks }: ContainerSpec): Finding[] {
  return list(networks).flatMap((one, index) =>
    (
      [
        ['address', 4],
        ['address6', 6],
      ] as const
    ).flatMap(([key, family]) => {
      const address = text(one[key]);
      if (address === undefined || parseAddress(address)?.family === family) return [];
      const hint = `Say an address such as ${family === 4 ? '10.20.0.5' : 'fd00::5'}, without a length.`;
      return [error(pointer('container', 'networks', index, key), `${address} is no IPv${family} address`, hint)];
    }),
  );
}

/** What both engines take for the address of their host; Podman before 4.7 writes the word itself into /etc/hosts. */
const GATEWAY = 'host-gateway';

function checkHosts({ extraHosts }: ContainerSpec, { name, version, label }: ApiEngine): Finding[] {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const knowsGateway = name === 'docker' || major > 4 || (major === 4 && minor >= 7);
  return Object.entries(extraHosts ?? {}).flatMap(([host, told]) => {
    const address = text(told);
    const path = pointer('container', 'extraHosts', host);
    if (address === undefined || parseAddress(address) !== undefined) return [];
    if (address !== GATEWAY) return [error(path, `${address} is no address`, 'Say one such as 10.20.0.5 or fd00::5.')];
    if (knowsGateway) return [];
    const hint = 'Use the name host.containers.internal, which every container has there, or say the address.';
    return [error(path, `${label} does not know ${GATEWAY}`, hint)];
  });
}

/** Settings of the kernel that each container can have for itself. */
const IPC = /^(kernel\.(msgmax|msgmnb|msgmni|sem|shmall|shmmax|shmmni|shm_rmid_forced)|fs\.mqueue\..+)$/;

function checkSysctls({ sysctls, networkMode }: ContainerSpec): Finding[] {
  return Object.keys(sysctls ?? {}).flatMap((name) => {
    const path = pointer('container', 'sysctls', name);
    if (IPC.test(name)) return [];
    if (!name.startsWith('net.')) {
      const message = `${name} is one setting of the whole host, not of a container`;
      return [
        error(path, message, 'Set it on the host (sysctl); a container has net.*, fs.mqueue.* and those of its IPC.'),
      ];
    }
    if (networkMode !== 'host') return [];
    return [
      error(
        path,
        `with networkMode: host ${name} is that of the host`,
        'Set it there (sysctl), or take networkMode away.',
      ),
    ];
  });
}
