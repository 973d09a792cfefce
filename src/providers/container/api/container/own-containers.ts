import type { CallContext, Target } from '../../../contract.ts';
import type { ContainerContext } from './containers.ts';
import { isOwn, type SeenContainer } from './seen-container.ts';

/** What is known for good of a container: whose it is and how it was called. Nothing of how it is now. */
type Known = Pick<SeenContainer, 'id' | 'name' | 'labels'>;

/** Which containers of an engine belong to whom. That never changes, so each is asked for once a run and not before each action. */
export interface OwnContainers {
  /** The container of a target; undefined where there is none, or it is somebody else's. */
  of(target: Pick<Target, 'identity' | 'handle'>, context: CallContext): Promise<Known | undefined>;
  learn(container: Known): void;
  unlearn(id: string): void;
}

export function ownContainers(all: ContainerContext['all']): OwnContainers {
  const known = new Map<string, Known>();
  const learn = (one: Known): void => void known.set(one.id, one);
  return {
    async of({ identity, handle }, context) {
      const fits = (one: Known): boolean => isOwn(one, identity, handle);
      const id = handle?.['id'];
      const remembered = typeof id === 'string' ? known.get(id) : undefined;
      if (remembered !== undefined && fits(remembered)) return remembered;
      const listed = await all.get(context);
      for (const one of listed) learn(one);
      const found = best(listed, fits, id);
      if (found !== undefined) return found;
      // It may be younger than the list.
      all.forget();
      return best(await all.get(context), fits, id);
    },
    learn,
    unlearn: (id) => void known.delete(id),
  };
}

/** The very one that the handle names, else one with the marks. */
function best(all: readonly Known[], fits: (one: Known) => boolean, id: unknown): Known | undefined {
  const own = all.filter(fits);
  return own.find((one) => one.id === id) ?? own[0];
}
