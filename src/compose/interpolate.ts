import type { Piece } from '../descriptors/template-syntax.ts';

/** Where the value of a variable comes from. */
export type Origin = 'environment' | '.env';

/** What a text with `${…}` of Compose needs to know. */
export interface Variables {
  /** The value, and where it comes from; undefined when it is not set. */
  find(name: string): { value: string; from: Origin } | undefined;
  /** The name of the secret to write in place of the value; undefined for what may be written down. */
  secret(name: string): string | undefined;
  /** Told of each variable whose value (or its default, or nothing) was written down. */
  wrote?(name: string, from: Origin | 'default' | 'nowhere'): void;
}

/** Why a text cannot be filled in. */
export type InterpolationFault =
  | { type: 'syntax'; raw: string; reason: string }
  | { type: 'required'; raw: string; name: string; message: string };

class Fault extends Error {
  readonly fault: InterpolationFault;
  constructor(fault: InterpolationFault) {
    super(fault.type);
    this.fault = fault;
  }
}

/**
 * Fills in `$NAME`, `${NAME}` and Compose's forms with a default (`:-`, `-`), an error (`:?`, `?`) or a replacement (`:+`, `+`), which may hold
 * variables themselves; `$$` is a `$`. Sensitive values stay references.
 */
export function interpolate(text: string, variables: Variables): Piece[] | InterpolationFault {
  try {
    return joined(fill(text, variables));
  } catch (thrown) {
    if (thrown instanceof Fault) return thrown.fault;
    throw thrown;
  }
}

function fill(text: string, variables: Variables): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (;;) {
    const dollar = text.indexOf('$', at);
    if (dollar < 0) break;
    pieces.push(text.slice(at, dollar));
    const next = text[dollar + 1];
    const bare = /^[A-Za-z_]\w*/.exec(text.slice(dollar + 1))?.[0];
    if (next === '$') {
      pieces.push('$');
      at = dollar + 2;
    } else if (next === '{') {
      const close = closing(text, dollar + 2);
      if (close < 0) throw new Fault({ type: 'syntax', raw: text.slice(dollar), reason: 'it has no closing }' });
      pieces.push(...braced(text.slice(dollar, close + 1), variables));
      at = close + 1;
    } else if (bare !== undefined) {
      pieces.push(...plain(bare, variables));
      at = dollar + 1 + bare.length;
    } else {
      const reason = 'a `$` that is meant as itself is written `$$`';
      throw new Fault({ type: 'syntax', raw: text.slice(dollar, dollar + 2), reason });
    }
  }
  pieces.push(text.slice(at));
  return pieces;
}

/** Where the brace that was opened before `from` is closed; -1 where it is not. */
function closing(text: string, from: number): number {
  let depth = 1;
  for (let i = from; i < text.length; i++) {
    if (text.startsWith('${', i)) depth += 1;
    else if (text[i] === '}') depth -= 1;
    if (depth === 0) return i;
  }
  return -1;
}

/** One `${…}`. */
function braced(raw: string, variables: Variables): Piece[] {
  const found = /^([A-Za-z_]\w*)(?:(:?[-?+])([\s\S]*))?$/.exec(raw.slice(2, -1));
  const [, name = '', operator, rest = ''] = found ?? [];
  if (found === null) throw new Fault({ type: 'syntax', raw, reason: 'it does not begin with the name of a variable' });
  if (operator === undefined) return plain(name, variables);
  const value = variables.find(name)?.value;
  const isThere = value !== undefined && !(operator.startsWith(':') && value === '');
  const kind = operator.at(-1);
  if (kind === '+') return isThere ? fill(rest, variables) : [];
  // Its value is asked for later, so neither a default nor an error is needed now.
  if (isThere || variables.secret(name) !== undefined) return plain(name, variables);
  if (kind === '?') {
    const message = fill(rest, variables).map((piece) => (typeof piece === 'string' ? piece : piece.raw));
    throw new Fault({ type: 'required', raw, name, message: message.join('') });
  }
  variables.wrote?.(name, 'default');
  return fill(rest, variables);
}

function plain(name: string, variables: Variables): Piece[] {
  const secret = variables.secret(name);
  if (secret !== undefined) return [{ form: 'secret', name: secret, raw: `\${secret.${secret}}` }];
  const found = variables.find(name);
  variables.wrote?.(name, found?.from ?? 'nowhere');
  return [found?.value ?? ''];
}

/** Texts that touch are one; there is always one piece. */
function joined(pieces: readonly Piece[]): Piece[] {
  const out: Piece[] = [];
  for (const piece of pieces) {
    const last = out.at(-1);
    if (typeof piece === 'string' && typeof last === 'string') out[out.length - 1] = last + piece;
    else out.push(piece);
  }
  const full = out.filter((piece) => piece !== '');
  return full.length === 0 ? [''] : full;
}
