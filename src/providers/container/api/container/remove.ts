import { PjError } from '../../../../errors.ts';
import type { CallContext } from '../../../contract.ts';
import type { ApiEngine, Doing } from '../connection/engine.ts';

/** Removes a container, running or not; ends when it is gone. `volumes`: those without a name, which nothing else can use, go with it. */
export async function remove(
  engine: ApiEngine,
  id: string,
  { volumes }: { volumes: boolean },
  doing: Doing,
  context: CallContext,
): Promise<void> {
  const query = { force: 'true', v: String(volumes) };
  try {
    await engine.dial(doing, context, { method: 'DELETE', path: `/containers/${id}`, query, ok: [200, 204, 404] });
  } catch (thrown) {
    if (!(thrown instanceof PjError) || !/already in progress/.test(String(thrown.details['reason']))) throw thrown;
    // Whoever began it was killed; the engine carries on.
    const condition = { condition: 'removed' };
    await engine.dial(doing, context, {
      method: 'POST',
      path: `/containers/${id}/wait`,
      query: condition,
      ok: [200, 404],
    });
  }
}
