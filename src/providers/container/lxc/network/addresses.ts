import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { PjError } from '../../../../errors.ts';
import { errno } from '../../../../os/kernel-file.ts';
import { addressText, parseAddress, parseCidr } from '../../cidr.ts';
import { writeNew } from '../marks-file.ts';
import { type Place, unfinishedOf } from '../place.ts';

/** A network in which containers are to have addresses. */
export interface Addressed {
  network: string;
  bridge: string;
  subnet: string;
  gateway: string;
  ipRange?: string;
  /** Addresses that somebody else gave away there. */
  taken?: readonly string[];
}

/** A claim is a file with the container's name, named after the address: whoever makes it first has it, in whichever process. */
const claims = ({ networks }: Place, network: string): string => join(networks, network, 'addresses');

/** An address for a container, with the length of the prefix; the one it wants, or else one that is free. Throws PJ5407. */
export function claimAddress(
  place: Place,
  net: Addressed,
  of: { name: string; id: string; engine: string },
  wanted: string | undefined,
): string {
  const block = parseCidr(net.subnet);
  const range = parseCidr(net.ipRange ?? net.subnet);
  const fail = (reason: string): never => {
    throw new PjError('PJ5407', { engine: of.engine, action: 'create', id: of.id, reason });
  };
  if (block === undefined || range === undefined) return fail(`the subnet ${net.subnet} of ${net.network} is none`);
  const folder = claims(place, net.network);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (wanted !== undefined) {
    const owner = take(place, folder, wanted, of.name);
    if (owner !== undefined) return fail(`${owner} has the address ${wanted} in ${net.network}`);
    return `${wanted}/${block.bits}`;
  }
  const [first, last] = [range.first === block.first ? range.first + 1n : range.first, range.last - 1n];
  const size = last - first + 1n;
  // Beginning somewhere of its own, a container gets the same address again, and few ask for one at once.
  const start = BigInt(`0x${createHash('sha256').update(of.name).digest('hex').slice(0, 12)}`) % size;
  const gateway = parseAddress(net.gateway)?.value;
  for (let i = 0n; i < size && i < 65_536n; i++) {
    const value = first + ((start + i) % size);
    const address = addressText(4, value);
    if (value === gateway || net.taken?.includes(address) === true) continue;
    if (take(place, folder, address, of.name) === undefined) return `${address}/${block.bits}`;
  }
  return fail(`${net.network} (${net.subnet}) has no free address left`);
}

/** Gives who has it where somebody else does. */
function take(place: Place, folder: string, address: string, name: string): string | undefined {
  const file = join(folder, address);
  for (let round = 0; round < 3; round++) {
    if (writeNew(file, name)) return undefined;
    const owner = claimant(file);
    if (owner === name) return undefined;
    // A claim outlives its container where a kill came between the two.
    const lives = existsSync(join(place.containers, owner)) || existsSync(unfinishedOf(place.containers, owner));
    if (owner !== '' && lives) return owner;
    rmSync(file, { force: true });
  }
  return 'somebody';
}

function claimant(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (thrown) {
    if (errno(thrown) === 'ENOENT') return '';
    throw thrown;
  }
}

/** Gives an address back. */
export function releaseAddress(place: Place, network: string, address: string, name: string): void {
  const file = join(claims(place, network), address.split('/')[0] ?? '');
  if (claimant(file) === name) rmSync(file, { force: true });
}

/** The same hardware address for the same container in the same network, within those of LXC. */
export function macOf(network: string, name: string): string {
  const hex = createHash('sha256').update(`${network}/${name}`).digest('hex');
  return `00:16:3e:${hex.slice(0, 2)}:${hex.slice(2, 4)}:${hex.slice(4, 6)}`;
}
