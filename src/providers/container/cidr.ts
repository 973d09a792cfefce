import { isIPv4, isIPv6 } from 'node:net';

/** An address of IPv4 or IPv6 as a number. */
interface Address {
  family: 4 | 6;
  value: bigint;
}

/** A block of addresses. */
export interface Cidr {
  family: 4 | 6;
  bits: number;
  first: bigint;
  last: bigint;
}

/** Reads an address; undefined for what is none. */
export function parseAddress(text: string): Address | undefined {
  if (isIPv4(text)) return { family: 4, value: text.split('.').reduce((sum, part) => sum * 256n + BigInt(part), 0n) };
  if (!isIPv6(text) || text.includes('%')) return undefined;
  // The last 32 bits may stand as an IPv4 address.
  const plain = text.replace(/[\d.]+\.[\d.]+$/, (v4) => {
    const value = parseAddress(v4)?.value ?? 0n;
    return `${(value >> 16n).toString(16)}:${(value & 0xffffn).toString(16)}`;
  });
  const [head = '', tail] = plain.split('::');
  const groups = (part: string): string[] => (part === '' ? [] : part.split(':'));
  const before = groups(head);
  const after = groups(tail ?? '');
  const middle = tail === undefined ? [] : Array<string>(8 - before.length - after.length).fill('0');
  const value = [...before, ...middle, ...after].reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n);
  return { family: 6, value };
}

/** Reads `10.20.0.0/24`; bits of a host in it are dropped. Undefined for what is none. */
export function parseCidr(text: string): Cidr | undefined {
  const [, base = '', length = ''] = /^([^/]+)\/(\d{1,3})$/.exec(text) ?? [];
  const address = parseAddress(base);
  const width = address?.family === 6 ? 128 : 32;
  const bits = Number(length);
  if (address === undefined || bits > width) return undefined;
  const size = 1n << BigInt(width - bits);
  const first = (address.value / size) * size;
  return { family: address.family, bits, first, last: first + size - 1n };
}

/** True when some address is in both. */
export const overlap = (a: Cidr, b: Cidr): boolean => a.family === b.family && a.first <= b.last && b.first <= a.last;

/** True when all of `inner` is in `outer`. */
export const isWithin = (inner: Cidr, outer: Cidr): boolean =>
  inner.family === outer.family && inner.first >= outer.first && inner.last <= outer.last;

/** True when an address is in it. */
export const holds = (block: Cidr, { family, value }: Address): boolean =>
  block.family === family && value >= block.first && value <= block.last;

/** True when both texts mean the same block. */
export function sameCidr(a: string, b: string): boolean {
  const [one, other] = [parseCidr(a), parseCidr(b)];
  return one !== undefined && other !== undefined && isWithin(one, other) && isWithin(other, one);
}

/** True when both texts mean the same address. */
export function sameAddress(a: string, b: string): boolean {
  const [one, other] = [parseAddress(a), parseAddress(b)];
  return one !== undefined && one.family === other?.family && one.value === other.value;
}

/** An address as text; IPv6 without `::`. */
export function addressText(family: 4 | 6, value: bigint): string {
  const [count, width, base] = family === 4 ? ([4, 8n, 10] as const) : ([8, 16n, 16] as const);
  const groups = Array.from({ length: count }, (_, i) =>
    ((value >> (width * BigInt(count - 1 - i))) & ((1n << width) - 1n)).toString(base),
  );
  return groups.join(family === 4 ? '.' : ':');
}

/** The first and last address of a range that a host may have, where the range begins or ends with those of its subnet that none may have. */
export function usable(range: Cidr, subnet: Cidr): { first: string; last: string } {
  const first = range.first === subnet.first ? range.first + 1n : range.first;
  const last = range.family === 4 && range.last === subnet.last ? range.last - 1n : range.last;
  return { first: addressText(range.family, first), last: addressText(range.family, last) };
}
