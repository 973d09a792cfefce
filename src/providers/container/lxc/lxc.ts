import { PjError } from '../../../errors.ts';
import type { CallContext, Unusable } from '../../contract.ts';
import type { Runtime, RuntimeOptions } from '../runtime.ts';
import { containerActions } from './container/actions.ts';
import { containerEyes } from './container/eyes.ts';
import type { LxcContext } from './context.ts';
import { findLxc, type Lxc, usableAs } from './engine.ts';
import { networkThings } from './network/networks.ts';
import { volumeThings } from './volume/volumes.ts';

/** LXC of this host, through its own tools. */
export function lxcRuntime(options: RuntimeOptions): Runtime {
  let found: Promise<Lxc | Unusable> | undefined;
  const look = (context: CallContext): Promise<Lxc | Unusable> => {
    context.signal.throwIfAborted();
    found ??= findLxc(options, context).catch((thrown: unknown) => {
      found = undefined;
      throw thrown;
    });
    return found;
  };
  const open = async (context: CallContext): Promise<Lxc> => {
    const answer = await look(context);
    if ('place' in answer) return answer;
    throw new PjError('PJ5401', { tried: `lxc: ${answer.reason}` }, { advice: answer.install });
  };
  const shared: LxcContext = { open, options };
  return {
    name: 'lxc',
    things: {
      container: { ...containerActions(shared), ...containerEyes(shared) },
      network: networkThings(shared),
      volume: volumeThings(shared),
    },
    async probe(context) {
      const answer = await look(context);
      return 'place' in answer ? usableAs(answer) : answer;
    },
    close: async () => undefined,
  };
}
