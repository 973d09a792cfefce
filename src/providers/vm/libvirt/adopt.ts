import { PjError } from '../../../errors.ts';
import type { Spec } from '../../../model/spec.ts';
import { isSame } from '../../marks.ts';
import type { Machines } from '../runtime.ts';
import type { LibvirtContext } from './context.ts';
import { specOf } from './describe.ts';
import { attributesOf, handleOf } from './domain/attributes.ts';
import { seeDomain } from './domain/see.ts';

/** Takes over a domain that somebody else has defined, by name or uuid. */
export function domainAdopt(ctx: LibvirtContext): NonNullable<Machines['adopt']> {
  return async ({ identity, engineId, spec }, context) => {
    const { id } = identity;
    const virsh = ctx.virsh(ctx.uriOf({ handle: null, spec: spec ?? {} }));
    const refuse = (reason: string): never => {
      throw new PjError('PJ5515', { engineId, id, reason });
    };
    const doing = { action: 'import', id };
    const seen = await seeDomain(virsh, { key: engineId, forwards: true }, doing, context);
    if (seen === undefined) return refuse(`there is no such domain at ${virsh.uri}`);
    const owner = seen.marks?.identity;
    if (owner !== undefined && !isSame(owner, identity)) return refuse(`it belongs to ${owner.id} of ${owner.project}`);
    const told = await virsh.call(['dominfo', seen.uuid], doing, context);
    if (!/^Persistent:\s+yes$/m.test(told)) return refuse('it is transient: it would be gone when it is stopped');
    const described: Spec = specOf(seen, spec);
    const handle = { ...handleOf(seen, virsh, null), ...(owner === undefined ? { imported: true } : {}) };
    return { spec: described, made: { handle, attributes: attributesOf(seen, virsh) } };
  };
}
