import type { Spec } from '../../../../../model/spec.ts';
import type { Finding } from '../../../../contract.ts';
import { text } from '../../things-check.ts';
import type { Facts } from './check.ts';
import { error, warning } from './finding.ts';

/** An image that is not to be pulled must be there; one whose health check is relied on must have it, as far as that can be seen. */
export async function checkImage({ container, healthCheck }: Spec, facts: Facts): Promise<Finding[]> {
  const image = text(container?.image);
  if (container === undefined || image === undefined) return [];
  const { label } = facts.engine;
  if (container.pull === 'never' && !(await facts.images.has(image))) {
    const hint = 'Load or build it there, correct its name, or take `pull: never` away.';
    return [error('/container/pull', `${label} does not have the image ${image}, and \`pull: never\``, hint)];
  }
  const byImage = healthCheck?.type === 'engine' && healthCheck.enabled !== false;
  if (!byImage || (await facts.images.checksHealth(image)) !== false) return [];
  const tell = container.pull === 'always' ? warning : error;
  const hint =
    'Give it a `healthCheck` of another type (exec, http, tcp), which others that wait for it to be healthy need, or use an image with HEALTHCHECK.';
  return [tell('/healthCheck/type', `the image ${image} brings no health check that the engine could run`, hint)];
}
