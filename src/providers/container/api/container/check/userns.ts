import { readKernelFile } from '../../../../../os/kernel-file.ts';
import type { Finding } from '../../../../contract.ts';
import type { ApiEngine } from '../../connection/engine.ts';
import type { Facts } from './check.ts';
import { error } from './finding.ts';

/** Whether the engine can give a container this user namespace. Docker ignores what it does not know. */
export async function checkUserNamespace(mode: string, { engine, info }: Facts): Promise<Finding[]> {
  const [fault, hint] = whyNot(mode, engine, mode === 'host' ? undefined : await info()) ?? [];
  return fault === undefined || hint === undefined ? [] : [error('/security/userNamespace', fault, hint)];
}

function whyNot(
  mode: string,
  { name, label, local }: ApiEngine,
  info: { rootless: boolean } | undefined,
): [message: string, hint: string] | undefined {
  if (info === undefined) return undefined;
  if (name === 'docker')
    return [
      `${label} knows only \`host\`: namespaces are a matter of its own configuration (userns-remap)`,
      'Say `host`, take it away, or use Podman.',
    ];
  const word = mode.split(':')[0] ?? '';
  if (!PODMAN.includes(word)) return [`Podman knows no user namespace ${mode}`, `It knows ${PODMAN.join(', ')}.`];
  if (word === 'private') return [`${label} takes no ids for it by its API`, 'Say `auto`.'];
  if ((word === 'keep-id' || word === 'nomap') && !info.rootless)
    return [`${label} runs as root, and ${word} is there without root only`, 'Say `auto`, or run Podman without root.'];
  if (word === 'auto' && local && !info.rootless && !idsFor('containers'))
    return [
      `${label} has no ids to give: /etc/subuid and /etc/subgid have no line for the user containers`,
      'Add `containers:2147483647:2147483648` to both.',
    ];
  return undefined;
}

const PODMAN = ['host', 'auto', 'keep-id', 'nomap', 'private', 'container', 'ns'];

const idsFor = (user: string): boolean =>
  ['/etc/subuid', '/etc/subgid'].every((file) =>
    (readKernelFile(file) ?? '').split('\n').some((line) => line.startsWith(`${user}:`)),
  );
