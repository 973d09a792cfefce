import type { CallContext } from '../../../contract.ts';
import type { RuntimeOptions, Things } from '../../runtime.ts';
import type { ApiEngine } from '../connection/engine.ts';
import { recent } from '../connection/recent.ts';
import { containerActions } from './actions.ts';
import { containerEyes } from './eyes.ts';
import { seeContainers } from './seen-container.ts';

/** What the parts of the container kind share. */
export interface ContainerContext {
  open(context: CallContext): Promise<ApiEngine>;
  /** Every container of the engine: one call, which serves all that is asked at once. Actions make it forget. */
  all: ReturnType<typeof recent<Awaited<ReturnType<typeof seeContainers>>>>;
  options: RuntimeOptions;
}

/** Containers on an engine that speaks Docker's API. */
export function containerThings(open: ContainerContext['open'], options: RuntimeOptions): Things {
  const all = recent(async (context) =>
    seeContainers(await open(context), { action: 'list', id: 'the containers' }, context),
  );
  const shared: ContainerContext = { open, all, options };
  return { ...containerActions(shared), ...containerEyes(shared) };
}
