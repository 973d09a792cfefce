import type { JsonObject } from '../model/json.ts';
import { suggestion } from '../model/nearest.ts';
import type { Context } from './context.ts';
import { refuse } from './context.ts';
import { type Fields, withFields } from './fields.ts';
import { type TreeSpot, textOf } from './tree.ts';

const CONDITIONS: Record<string, string> = {
  service_started: 'started',
  service_healthy: 'healthy',
  service_completed_successfully: 'completed',
};

/** What a service depends on. `idOf` gives the ids of the services there are. */
export function dependenciesOf(
  context: Context,
  fields: Fields,
  service: string,
  idOf: ReadonlyMap<string, string>,
): JsonObject[] {
  const found = new Map<string, JsonObject>();
  const add = (on: string, spot: TreeSpot, more: JsonObject): void => {
    const id = idOf.get(on);
    if (id !== undefined) found.set(on, { id, condition: 'started', ...more });
    else if (more['optional'] !== true) {
      const details = {
        service,
        on,
        suggestion: suggestion(
          on,
          [...idOf.keys()].filter((name) => name !== service),
        ),
      };
      context.report({ code: 'PJ1072', details, spots: [spot] });
    } else context.note(spot, `${fields.path}.depends_on.${on}`, 'there is no such service, which it says is fine', '');
  };
  for (const [on, value, spot] of fields.named('depends_on', undefined)) {
    if (value.type !== 'table') {
      add(on, spot, {});
      continue;
    }
    withFields(context, value, `${fields.path}.depends_on.${on}`, (one) => {
      const written = one.scalar('condition');
      const condition = written === undefined ? 'started' : CONDITIONS[textOf(written)];
      if (condition === undefined)
        refuse(
          context,
          written?.spot ?? spot,
          `${one.path}.condition`,
          `it is none of ${Object.keys(CONDITIONS).join(', ')}`,
        );
      add(on, spot, {
        condition: condition ?? 'started',
        ...(one.boolean('required') === false ? { optional: true } : {}),
        ...(one.boolean('restart') === true ? { restart: true } : {}),
      });
    });
  }
  for (const link of fields.texts('links')) {
    const [on = '', alias] = textOf(link).split(':');
    if (!found.has(on)) add(on, link.spot, {});
    if (alias !== undefined && alias !== on)
      context.note(
        link.spot,
        `${fields.path}.links`,
        `the name \`${alias}\` for ${on} is not made`,
        `Add it to the \`aliases\` of ${on} in a network that both share.`,
      );
  }
  return [...found.values()];
}
