import { listOf, textIn } from './monitor.ts';
import type { Qmp } from './qmp.ts';

/** PCIe root ports beyond those that the machine starts with devices in: what can be plugged in while it runs. */
const SPARE = 8;
/** Root ports fit eight in a slot. */
const PER_SLOT = 8;
const FIRST_SLOT = 0x10;
const MOST = 64;

/** Root ports for a machine that starts with so many devices in them; a machine without PCIe has none, and plugs into its one bus. */
export function rootPorts(used: number): string[] {
  const count = Math.min(MOST, used + SPARE);
  return Array.from({ length: count }, (_, i) =>
    JSON.stringify({
      driver: 'pcie-root-port',
      id: portName(i),
      bus: 'pcie.0',
      chassis: i + 1,
      port: i,
      addr: `0x${(FIRST_SLOT + Math.floor(i / PER_SLOT)).toString(16)}.${i % PER_SLOT}`,
      ...(i % PER_SLOT === 0 ? { multifunction: true } : {}),
    }),
  );
}

export const portName = (i: number): string => `port${i}`;

/** A root port that nothing is plugged into; null where all are taken, undefined where the machine has none. */
export async function freePort(qmp: Qmp): Promise<string | null | undefined> {
  const ids = listOf(await qmp.ask('qom-list', { path: PERIPHERAL })).map((one) => textIn(one, 'name'));
  const ports = ids.filter((id) => /^port\d+$/.test(id));
  if (ports.length === 0) return undefined;
  const buses = await Promise.all(
    ids.map((id) => qmp.ask('qom-get', { path: `${PERIPHERAL}/${id}`, property: 'parent_bus' }).catch(() => null)),
  );
  const taken = new Set(buses.map((bus) => String(bus).split('/').at(-1)));
  return ports.find((port) => !taken.has(port)) ?? null;
}

const PERIPHERAL = '/machine/peripheral';
