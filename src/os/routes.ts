import { readKernelFile } from './kernel-file.ts';

/** A way into a network that the kernel knows. */
export interface Route {
  device: string;
  /** `10.20.0.0/24`. */
  network: string;
}

/** The routes of this host's network namespace, without default routes, single addresses and what the kernel keeps for itself. */
export function hostRoutes(files = { v4: '/proc/net/route', v6: '/proc/net/ipv6_route' }): Route[] {
  return [...v4Routes(readKernelFile(files.v4) ?? ''), ...v6Routes(readKernelFile(files.v6) ?? '')];
}

/** Addresses stand there as the machine's own integers, in hexadecimal. */
function v4Routes(text: string): Route[] {
  return text
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [device, destination = '', , , , , , mask = ''] = line.split(/\s+/);
      if (device === undefined || !/^[0-9A-F]{8}$/i.test(destination) || !/^[0-9A-F]{8}$/i.test(mask)) return [];
      const bits = bytes(mask).reduce((sum, byte) => sum + byte.toString(2).replaceAll('0', '').length, 0);
      return bits === 0 || bits === 32 ? [] : [{ device, network: `${bytes(destination).join('.')}/${bits}` }];
    });
}

const bytes = (hex: string): number[] => {
  const value = Number.parseInt(hex, 16);
  return [value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24];
};

function v6Routes(text: string): Route[] {
  return text.split('\n').flatMap((line) => {
    const [destination = '', length = '', ...rest] = line.trim().split(/\s+/);
    const device = rest.at(-1);
    const bits = Number.parseInt(length, 16);
    if (device === undefined || device === 'lo' || !/^[0-9a-f]{32}$/.test(destination) || bits === 0 || bits === 128)
      return [];
    // Link-local and multicast are on every device.
    if (/^f[ef]/.test(destination)) return [];
    return [{ device, network: `${destination.replace(/(.{4})(?!$)/g, '$1:')}/${bits}` }];
  });
}
