import { isIP } from 'node:net';
import { isObject, type Json, type JsonObject } from '../../../model/json.ts';
import { ASK_MS, type GuestAgent } from './agent.ts';

/** How many processors the guest uses. */
export async function guestVcpus(agent: GuestAgent, signal: AbortSignal): Promise<number> {
  return (await processors(agent, signal)).filter((one) => one['online'] === true).length;
}

/** Switches on the processors that the guest has seen and does not use: not every guest does so by itself. Gives how many it uses then. */
export async function bringVcpusOnline(agent: GuestAgent, signal: AbortSignal): Promise<number> {
  const off = (await processors(agent, signal)).filter((one) => one['online'] === false);
  if (off.length > 0) {
    const vcpus = off.map((one) => ({ 'logical-id': one['logical-id'] ?? 0, online: true }));
    await agent.ask('guest-set-vcpus', { vcpus }, { timeoutMs: ASK_MS, signal });
  }
  return guestVcpus(agent, signal);
}

const processors = async (agent: GuestAgent, signal: AbortSignal): Promise<JsonObject[]> =>
  objects(await agent.ask('guest-get-vcpus', {}, { timeoutMs: ASK_MS, signal }));

/** An address that the guest has on one of its cards. */
export interface GuestAddress {
  /** Lower case. */
  mac: string;
  address: string;
}

/** Where the guest can be reached, IPv4 first: neither loopback nor link-local. What it has made itself (bridges, containers) has macs that no card has. */
export async function guestAddresses(agent: GuestAgent, signal: AbortSignal): Promise<GuestAddress[]> {
  const told = await agent.ask('guest-network-get-interfaces', {}, { timeoutMs: ASK_MS, signal });
  const all = objects(told).flatMap((card) => {
    const mac = card['hardware-address'];
    if (typeof mac !== 'string' || mac === '00:00:00:00:00:00') return [];
    return objects(card['ip-addresses']).flatMap((one) => {
      const address = one['ip-address'];
      // What is written there is the guest's word.
      return typeof address === 'string' && isIP(address) !== 0 && !isNear(address)
        ? [{ mac: mac.toLowerCase(), address }]
        : [];
    });
  });
  const isV6 = ({ address }: GuestAddress): boolean => address.includes(':');
  return [...all.filter((one) => !isV6(one)), ...all.filter(isV6)];
}

/** RFC 1122, 3927, 4291. */
const isNear = (address: string): boolean => /^127\.|^169\.254\.|^::1$|^fe[89ab][0-9a-f]:/i.test(address);

const objects = (value: Json | undefined): JsonObject[] => (Array.isArray(value) ? value.filter(isObject) : []);
