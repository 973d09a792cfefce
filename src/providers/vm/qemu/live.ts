import type { Pointer } from '../../../model/json.ts';
import type { CallContext, Target } from '../../contract.ts';
import type { Located, Workshop } from './workshop.ts';

export async function changeLive(
  _shop: Workshop,
  _target: Target,
  _paths: readonly Pointer[],
  _located: Located,
  _context: CallContext,
): Promise<void> {}
