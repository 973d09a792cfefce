import { join } from 'node:path';
import { isJob, type Spec, stopPolicy } from '../../../model/spec.ts';
import type { RunStrategy, VmSpec } from '../../../model/vm-spec.ts';
import { argvOf, type Build, secretsOf } from './argv.ts';
import { tapMark, tapName } from './card-devices.ts';
import { DIR_VARIABLE, FOLDER_VARIABLE } from './place.ts';

/**
 * Becomes QEMU, in the same process, when what it needs is there: the folder for its sockets, a pipe for each sensitive value (which stands in a
 * variable; it goes into the pipe when QEMU opens it, which is then removed), and an interface on its bridge for each card that is on one. Constant text: all data
 * comes as positional parameters.
 */
const LAUNCH = `set -e
umask 077
mkdir -p "$1"; shift
while [ "$1" != -- ]; do
  case $1 in
    secret)
      rm -f "$3"; mkfifo "$3"
      eval "value=\\$$2"
      (printf %s "$value" > "$3"; rm -f "$3") &
      value= ;;
    tap)
      [ -e "/sys/class/net/$2" ] || ip tuntap add dev "$2" mode tap
      case $(cat "/sys/class/net/$2/ifalias") in
        '' | "$4") ;;
        *) echo "the interface $2, and with it the address of the card, is another machine's" >&2; exit 1 ;;
      esac
      ip link set dev "$2" alias "$4"
      ip link set dev "$2" master "$3" up
      shift ;;
  esac
  shift 3
done
shift
exec "$@"`;

/** The process that a machine is, for the agent: with the machine's own spec beside it, by which it is told from other processes. */
export function nativeSpecOf(build: Build, folder: string): Spec {
  const { machine, spec, sockets, qemu } = build;
  const secrets = secretsOf(machine, spec).map(({ id, value }, i) => ({
    id,
    value,
    variable: `PJ_VM_SECRET_${i}`,
    pipe: join(sockets.dir, id),
  }));
  const taps = machine.cards.flatMap((card) =>
    card.kind === 'bridge' ? ['tap', tapName(card), card.bridge ?? '', tapMark(machine)] : [],
  );
  const { gracePeriod } = stopPolicy(spec);
  const guest = spec.vm?.guestAgent === true ? [sockets.guest] : [];
  return {
    env: {
      [DIR_VARIABLE]: sockets.dir,
      [FOLDER_VARIABLE]: folder,
      ...Object.fromEntries(secrets.map(({ variable, value }) => [variable, value])),
    },
    ...(spec.resources?.cpu === undefined ? {} : { resources: { cpu: spec.resources.cpu } }),
    restart: restartOf(spec),
    ...(spec.stop === undefined ? {} : { stop: spec.stop }),
    native: {
      command: '/bin/sh',
      args: [
        ...['-c', LAUNCH, 'pj-machine', sockets.dir],
        ...secrets.flatMap(({ variable, pipe }) => ['secret', variable, pipe]),
        ...taps,
        ...['--', qemu.command, ...argvOf(build, secrets)],
      ],
      type: isJob(spec) ? 'job' : 'service',
      stopCommand: [process.execPath, qemu.powerOff, sockets.qmp, String(gracePeriod), ...guest],
    },
    vm: withoutSecrets(spec.vm ?? {}),
  };
}

const POLICIES: Record<RunStrategy, 'always' | 'on-failure' | 'no'> = {
  always: 'always',
  'rerun-on-failure': 'on-failure',
  manual: 'no',
  once: 'no',
  halted: 'no',
};

/** What the agent does when QEMU ends. */
function restartOf({ vm, restart }: Spec): NonNullable<Spec['restart']> {
  const strategy = vm?.runStrategy;
  return { ...restart, ...(strategy === undefined ? {} : { policy: POLICIES[strategy] }) };
}

/** QEMU gets them another way, and the agent would look for every one that it is told of. */
function withoutSecrets({ graphics, disks, ...vm }: VmSpec): VmSpec {
  const { password: _, ...screen } = graphics ?? { type: 'none' };
  return {
    ...vm,
    ...(graphics === undefined ? {} : { graphics: screen }),
    ...(disks === undefined ? {} : { disks: disks.map(({ encryption: __, ...disk }) => disk) }),
  };
}
