import { constants } from 'node:os';
import type { JsonObject } from '../model/json.ts';
import { type Context, refuse } from './context.ts';
import { type Fields, withFields } from './fields.ts';
import { hideLiterals } from './literal-secrets.ts';
import { hideInWords } from './secret-words.ts';
import { plainMap } from './service-env.ts';
import { duration } from './service-health.ts';
import { logSize } from './sizes.ts';
import { textOf } from './tree.ts';

/** The restart policy; Compose's default is not to restart, pj's is to. */
export function restartOf(fields: Fields, deployed: JsonObject | undefined): JsonObject {
  const [policy = 'no', attempts] = (fields.text('restart') ?? 'no').split(':');
  if (deployed !== undefined) {
    if (fields.get('restart') !== undefined)
      fields.drop('restart', '`deploy.restart_policy` holds over it', 'Keep one of them.');
    return deployed;
  }
  if (policy === 'always' || policy === 'unless-stopped') return { policy: 'always' };
  if (policy === 'on-failure') return { policy, maxAttempts: Number(attempts ?? 0) || 0 };
  if (policy !== 'no' && policy !== 'false')
    fields.drop('restart', `\`${policy}\` is no restart policy`, 'Use no, on-failure or always.');
  return { policy: 'no' };
}

/** `deploy.restart_policy`, which holds over `restart`. */
export function deployedRestart(deploy: Fields): JsonObject | undefined {
  return deploy.within('restart_policy', (policy) => {
    const condition = policy.text('condition') ?? 'any';
    const attempts = policy.number('max_attempts') ?? 0;
    policy.drop('delay', 'engines have delays of their own', '');
    policy.drop('window', 'engines have times of their own', '');
    if (condition === 'none') return { policy: 'no' };
    return condition === 'on-failure' ? { policy: condition, maxAttempts: attempts } : { policy: 'always' };
  });
}

/** How it is stopped. */
export function stopOf(context: Context, fields: Fields): JsonObject {
  const signal = signalOf(context, fields);
  const gracePeriod = duration(context, fields, 'stop_grace_period');
  return { ...(signal === undefined ? {} : { signal }), ...(gracePeriod === undefined ? {} : { gracePeriod }) };
}

/** A signal as descriptors have it; Docker also takes numbers, and names without SIG. */
function signalOf(context: Context, fields: Fields): string | undefined {
  const value = fields.scalar('stop_signal');
  if (value === undefined) return undefined;
  const text = textOf(value).trim().toUpperCase();
  if (/^SIG[A-Z]/.test(text)) return text;
  const numbered = Object.entries(constants.signals).find(([, number]) => String(number) === text)?.[0];
  const name = /^[A-Z]/.test(text) ? `SIG${text}` : numbered;
  return name ?? refuse(context, value.spot, `${fields.path}.stop_signal`, 'it is no signal such as SIGTERM');
}

/** Command and entry point, and the secrets that they read from the environment. */
export function commandOf(
  context: Context,
  fields: Fields,
  owner: string,
): { container: JsonObject; secrets: string[] } {
  const container: JsonObject = {};
  const secrets: string[] = [];
  for (const key of ['command', 'entrypoint'] as const) {
    const words = fields.words(key);
    if (words === undefined) continue;
    const hidden = hideInWords(hideLiterals(context, owner, fields.get(key)?.spot ?? fields.spot, words));
    // An empty entry point takes away that of the image.
    if (hidden.words.length > 0 || key === 'entrypoint') container[key] = hidden.words;
    secrets.push(...hidden.secrets);
    if (hidden.secrets.length > 0)
      context.note(
        fields.spot,
        `${fields.path}.${key}`,
        `everybody can read a command line, so a shell takes ${hidden.secrets.join(', ')} from the environment`,
        'Check that the image has a shell and an entry point that runs one; better, let the program read the variable itself.',
      );
  }
  return { container, secrets };
}

/** `pull_policy`. */
export function pullOf(fields: Fields): string | undefined {
  const policy = fields.text('pull_policy');
  if (policy === undefined) return undefined;
  if (policy === 'always' || policy === 'never' || policy === 'missing') return policy;
  if (policy === 'if_not_present') return 'missing';
  fields.drop(
    'pull_policy',
    `\`${policy}\` has no counterpart: the image is pulled where it is missing`,
    policy === 'build' ? 'Build it before `pj apply`.' : 'Use always, missing or never.',
  );
  return undefined;
}

/** Where its output goes. */
export function loggingOf(context: Context, fields: Fields, owner: string): JsonObject | undefined {
  return fields.within('logging', (logging) => {
    const driver = logging.text('driver');
    const options = plainMap(context, logging, 'options', owner) ?? {};
    const { 'max-size': size, 'max-file': files, ...rest } = options;
    const maxSize = typeof size === 'string' ? logSize(size) : undefined;
    const maxFiles = Number(files);
    if (size !== undefined && maxSize === undefined) rest['max-size'] = size;
    if (files !== undefined && !(maxFiles > 0)) rest['max-file'] = files;
    return {
      ...(driver === undefined ? {} : { driver }),
      ...(maxSize === undefined ? {} : { maxSize }),
      ...(maxFiles > 0 ? { maxFiles } : {}),
      ...(Object.keys(rest).length > 0 ? { options: rest } : {}),
    };
  });
}

/** Names and addresses for /etc/hosts. */
export function hostsOf(context: Context, fields: Fields): JsonObject | undefined {
  const hosts = fields.named('extra_hosts', /[=:]/).flatMap(([name, value, spot]): [string, string][] => {
    const first = value.type === 'list' ? value.items[0] : value;
    if (value.type === 'list' && value.items.length > 1)
      context.note(
        spot,
        `${fields.path}.extra_hosts.${name}`,
        'pj gives a name one address: the first one was taken',
        '',
      );
    if (first?.type === 'scalar') return [[name, textOf(first).replace(/^\[|\]$/g, '')]];
    return refuse(context, spot, `${fields.path}.extra_hosts.${name}`, 'it must be an address') ?? [];
  });
  return hosts.length === 0 ? undefined : Object.fromEntries(hosts);
}

/** `host[:container[:rwm]]`. */
export function devicesOf(context: Context, fields: Fields): string[] {
  return fields.items('devices').flatMap((item, i): string[] => {
    const key = `${fields.path}.devices[${i}]`;
    if (item.type === 'table') {
      return withFields(context, item, key, (device) => [
        ['source', 'target', 'permissions'].flatMap((part) => device.text(part) ?? []).join(':'),
      ]);
    }
    if (item.type === 'list') {
      refuse(context, item.spot, key, 'it must be a text or a map');
      return [];
    }
    if (!textOf(item).startsWith('/')) {
      context.note(
        item.spot,
        key,
        `${textOf(item)} is no file of a device, and was left out`,
        'Name the device by its path in /dev, or use `container.gpus`.',
      );
      return [];
    }
    return [textOf(item)];
  });
}
