import { PjError } from '../errors.ts';
import { canonical, type Json } from '../model/json.ts';
import type { SecretSource } from '../model/plan.ts';
import type { Part } from '../model/template.ts';
import type { SensitiveValues } from './contract.ts';
import { digestOf, keyIdOf } from './digest.ts';
import { makeRedactor } from './redact.ts';
import { resolveSource } from './resolve-secret.ts';

export interface SensitiveOptions {
  /** The project's directory. */
  dir: string;
  /** What `${env.NAME}` and `env` sources are read from. */
  env: Readonly<Record<string, string | undefined>>;
  /** Key of the digests, see digest-key.ts. */
  key: Buffer;
  /** Declared secrets, by name: pj.yaml's. */
  secrets: Readonly<Record<string, SecretSource>>;
  /** Values of the sensitive variables, by name. */
  variables: Readonly<Record<string, Json>>;
  /** Sources that a saved plan recorded, by `secret.NAME` / `env.NAME` / `var.NAME`; they hold over pj.yaml's. */
  recorded?: Readonly<Record<string, SecretSource>>;
  /** Ends commands that give secrets. */
  signal?: AbortSignal;
}

type Sensitive = Exclude<Part, string | { workload: string; attribute: string }>;

/** The sensitive values of one run. Nothing is resolved before it is needed; nothing is ever written down. */
export function createSensitiveValues(options: SensitiveOptions): SensitiveValues {
  const resolved = new Map<string, Json>();
  const used: Record<string, SecretSource> = {};
  const redactor = makeRedactor();
  const keyId = keyIdOf(options.key);
  const learn = (value: Json): void => {
    for (const text of textsIn(value)) redactor.learn(text);
    if (typeof value === 'object' && value !== null) redactor.learn(canonical(value));
  };
  for (const value of Object.values(options.variables)) learn(value);

  const resolveOne = async (name: string, part: Sensitive): Promise<string | undefined> => {
    const source = sourceOf(name, part, options);
    if (source === undefined) return `${name}: it has no source`;
    used[name] = source;
    if ('var' in part && Object.hasOwn(options.variables, part.var)) {
      resolved.set(name, options.variables[part.var] ?? null);
      return undefined;
    }
    const answer = await resolveSource(source, options);
    if ('reason' in answer)
      return 'env' in part && part.default !== undefined ? undefined : `${name}: ${answer.reason}`;
    resolved.set(name, answer.value);
    learn(answer.value);
    return undefined;
  };

  return {
    async prepare(templates) {
      const wanted = new Map<string, Sensitive>();
      for (const parts of templates) {
        for (const part of parts) {
          if (typeof part === 'string' || 'workload' in part) continue;
          const name = nameOf(part);
          // of one that is used with and without a default the latter decides whether its absence is a fault
          const before = wanted.get(name);
          if (!resolved.has(name) && (before === undefined || 'default' in before)) wanted.set(name, part);
          if ('env' in part && part.default !== undefined) redactor.learn(part.default);
        }
      }
      const faults = await Promise.all([...wanted].map(([name, part]) => resolveOne(name, part)));
      const told = faults.filter((fault) => fault !== undefined).sort();
      if (told.length > 0) throw new PjError('PJ1060', { count: told.length, list: told.join('; ') });
    },
    lookup(part) {
      if ('workload' in part) return undefined;
      const name = nameOf(part);
      const value = resolved.get(name);
      if (value !== undefined) return value;
      if ('env' in part && part.default !== undefined && Object.hasOwn(used, name)) return part.default;
      throw new PjError('PJ1062', { name });
    },
    digest: (value) => digestOf(options.key, value),
    keyId,
    redact: redactor.redact,
    sources: () => ({ ...used }),
  };
}

function nameOf(part: Sensitive): string {
  if ('secret' in part) return `secret.${part.secret}`;
  return 'env' in part ? `env.${part.env}` : `var.${part.var}`;
}

function sourceOf(name: string, part: Sensitive, options: SensitiveOptions): SecretSource | undefined {
  const recorded = options.recorded?.[name];
  if (recorded !== undefined) return recorded;
  if ('secret' in part) return Object.hasOwn(options.secrets, part.secret) ? options.secrets[part.secret] : undefined;
  // a saved plan that is applied elsewhere finds a variable's value there
  return { env: 'env' in part ? part.env : `PJ_VAR_${part.var.replaceAll('-', '_')}` };
}

/** Every text in a value that could be told from others. */
function textsIn(value: Json): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value === 'number') return [String(value)];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap((each) => textsIn(each ?? null));
  return [];
}
