import { isObject, type Json } from '../../../model/json.ts';

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

/** A root port that nothing is plugged into, from the answer of query-pci. */
export function freePort(pci: Json): string | undefined {
  const devices = (Array.isArray(pci) ? pci : []).flatMap((bus) =>
    isObject(bus) && Array.isArray(bus['devices']) ? bus['devices'].filter(isObject) : [],
  );
  return devices.flatMap((device) => {
    const id = device['qdev_id'];
    const bridge = device['pci_bridge'];
    if (typeof id !== 'string' || !/^port\d+$/.test(id) || !isObject(bridge)) return [];
    const inside = bridge['devices'];
    return Array.isArray(inside) && inside.length > 0 ? [] : [id];
  })[0];
}
