import { type Entry, EXIT, entry } from './entry.ts';

/** Virtual machines: PJ55xx. */
export const VM_ERRORS = {
  PJ5501: entry(
    'nothing that runs virtual machines answers: {tried}',
    'Install or start one; `pj doctor` tells what is there.',
  ),
  PJ5502: entry('{id} is on {runtime}, which cannot {action} it', 'Use another runtime for it (`vm.runtime`).'),
  PJ5503: entry(
    'the domain name {name}, which {id} needs, is taken by {owner}',
    'Rename or undefine that one, or take it over with `pj import`; pj does not touch what it has not made.',
  ),
  PJ5504: entry(
    '{id} is there already, made from another spec, and the state does not know it',
    'Remove it with `pj apply --prune`, or take it over with `pj import`.',
  ),
  PJ5505: entry(
    '{runtime} refused to {action} {id}: {reason}',
    'Mend what it complains of, then run `pj apply` again.',
  ),
  PJ5506: entry(
    '{runtime} went away while pj was to {action} {id}: {reason}',
    'Guests run on meanwhile. Start it again and run `pj apply`: it finds out what was done and carries on.',
  ),
  PJ5507: entry('the disk {disk} of {id}: {reason}', 'Mend the path in the descriptor, or what stands at that place.'),
  PJ5508: entry(
    'no space is left to make the disk {disk} of {id}: {reason}',
    'Make room there, or choose another path, then run `pj apply` again; nothing half-made is left.',
  ),
  PJ5509: entry(
    'asking the guest agent of {id} failed: {reason}',
    'Is qemu-guest-agent installed and running in the guest, and `vm.guestAgent: true` in its descriptor?',
  ),
  PJ5510: entry(
    '{id} could not be changed while it runs: {reason}',
    'Nothing was restarted. Let the guest take it up (hot-plug needs its drivers), or restart it: `pj restart {id}`.',
  ),
  PJ5511: entry('{id} has no snapshot {name}', 'See `pj snapshot list {id}`.'),
  PJ5512: entry('{id} has a snapshot {name} already', 'Choose another name, or delete that one first.'),
  PJ5513: entry('{id} cannot be snapshotted: {reason}', 'Mend what is said above; nothing was changed.', EXIT.refused),
  PJ5514: entry(
    '{id} cannot be migrated to {to}: {reason}',
    'Mend what is said above; it runs on where it was.',
    EXIT.refused,
  ),
  PJ5515: entry(
    '{engineId} cannot be taken over as {id}: {reason}',
    'Give the name or uuid of a domain on the connection that the descriptor says.',
  ),
  PJ5516: entry('{id} has no console: {reason}', 'Give it one: `vm.serial: true`, and start it.'),
  PJ5517: entry(
    'the cloud-init seed of {id} cannot be made: {reason}',
    'Mend `vm.cloudInit` in its descriptor, then run `pj apply` again.',
  ),
} satisfies Record<string, Entry>;
