import type { Machines } from '../../runtime.ts';
import type { LibvirtContext } from '../context.ts';

export function domainChecks(_ctx: LibvirtContext): Machines['check'] {
  return async () => new Map();
}
