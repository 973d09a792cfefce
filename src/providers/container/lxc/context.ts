import type { CallContext } from '../../contract.ts';
import type { RuntimeOptions } from '../runtime.ts';
import type { Lxc } from './engine.ts';

/** What the kinds of LXC share. */
export interface LxcContext {
  open(context: CallContext): Promise<Lxc>;
  options: RuntimeOptions;
}
