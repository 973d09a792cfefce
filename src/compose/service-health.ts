import type { JsonObject } from '../model/json.ts';
import { type Context, refuse } from './context.ts';
import type { Fields } from './fields.ts';
import { hideLiterals } from './literal-secrets.ts';
import { hideInScript, hideInWords, secretsIn } from './secret-words.ts';
import { durationText } from './sizes.ts';
import { type Tree, textOf } from './tree.ts';

/** A health check, and the secrets that its command reads from the environment. */
export interface Health {
  healthCheck: JsonObject;
  secrets: string[];
}

/** The health check of a service. Compose's own times are written where it gives none: pj has others. */
export function healthOf(context: Context, fields: Fields, owner: string): Health | undefined {
  return fields.within('healthcheck', (check): Health => {
    const test = check.get('test');
    const isOff = check.boolean('disable') === true || kindOf(test) === 'NONE';
    check.drop('start_interval', 'pj knows one interval', 'Take the shorter one, where a quick start matters.');
    const times: JsonObject = {
      interval: duration(context, check, 'interval') ?? '30s',
      timeout: duration(context, check, 'timeout') ?? '30s',
      retries: check.number('retries') || 3,
      startPeriod: duration(context, check, 'start_period') ?? '0s',
    };
    if (isOff) return { healthCheck: { enabled: false }, secrets: [] };
    if (test === undefined) return { healthCheck: { type: 'engine', ...times }, secrets: [] };
    const { words, secrets } = commandOf(context, check, test, owner);
    return { healthCheck: { type: 'exec', command: words, ...times }, secrets };
  });
}

const kindOf = (test: Tree | undefined): string | undefined => {
  const first = test?.type === 'list' ? test.items[0] : test;
  return first?.type === 'scalar' ? textOf(first) : undefined;
};

function commandOf(context: Context, check: Fields, test: Tree, owner: string): { words: string[]; secrets: string[] } {
  const texts = hideLiterals(context, owner, test.spot, check.texts('test').map(textOf));
  if (test.type === 'scalar') return shell(texts[0] ?? '');
  const [kind = '', ...rest] = texts;
  if (kind === 'CMD-SHELL') return shell(rest.join(' '));
  if (kind !== 'CMD') refuse(context, test.spot, `${check.path}.test`, 'it must begin with CMD, CMD-SHELL or NONE');
  return hideInWords(rest);
}

const shell = (script: string): { words: string[]; secrets: string[] } => ({
  words: ['/bin/sh', '-c', hideInScript(script)],
  secrets: [...new Set(secretsIn(script))],
});

/** A duration; undefined where it is absent. */
export function duration(context: Context, fields: Fields, key: string): string | undefined {
  const value = fields.scalar(key);
  if (value === undefined) return undefined;
  const text = durationText(textOf(value));
  if (text === undefined)
    refuse(context, value.spot, `${fields.path}.${key}`, 'it is no duration such as 30s or 1m30s');
  return text;
}
