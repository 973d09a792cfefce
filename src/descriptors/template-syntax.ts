/** One `${…}` as written, its name not yet looked up. */
export interface Expression {
  /** `var`, `env`, `secret`, `workload`, `self`, `project`, `index`; `bare` for platform-java's `${NAME}`. */
  form: 'var' | 'env' | 'secret' | 'workload' | 'self' | 'project' | 'index' | 'bare';
  /** What follows the form's dot; the name itself for `bare`; empty for `index`. */
  name: string;
  /** What follows `:-`. */
  fallback?: string;
  /** As it stands in the text, with `${` and `}`. */
  raw: string;
}

export type Piece = string | Expression;

/** A `${…}` that can't be read. */
export interface TemplateFault {
  raw: string;
  reason: string;
}

const NAME: Record<Expression['form'], RegExp> = {
  var: /^[A-Za-z_][A-Za-z0-9_-]*$/,
  secret: /^[A-Za-z_][A-Za-z0-9_-]*$/,
  env: /^[A-Za-z_][A-Za-z0-9_]*$/,
  bare: /^[A-Za-z_][A-Za-z0-9_]*$/,
  workload: /^[A-Za-z0-9][A-Za-z0-9._-]*\.[A-Za-z0-9._-]+$/,
  self: /^[A-Za-z]+$/,
  project: /^[A-Za-z]+$/,
  index: /^$/,
};

const SHAPE: Record<string, string> = {
  var: '${var.NAME}',
  secret: '${secret.NAME}',
  env: '${env.NAME} or ${env.NAME:-default}',
  workload: '${workload.ID.ATTRIBUTE}',
  self: '${self.id}',
  project: '${project.name}',
};

/**
 * The pieces of a string with `${…}` in it: texts (`$${` already read as `${`) and expressions. Texts that touch are one.
 * A fault where a `${` is not closed or what it holds is none of the known forms.
 */
export function parseTemplate(text: string): Piece[] | TemplateFault {
  const pieces: Piece[] = [];
  let literal = '';
  let at = 0;
  for (;;) {
    const open = text.indexOf('${', at);
    if (open < 0) break;
    if (open > at && text[open - 1] === '$') {
      literal += `${text.slice(at, open - 1)}\${`;
      at = open + 2;
      continue;
    }
    literal += text.slice(at, open);
    const close = text.indexOf('}', open);
    if (close < 0) return { raw: text.slice(open), reason: 'it has no closing }' };
    const raw = text.slice(open, close + 1);
    const expression = parseExpression(raw);
    if ('reason' in expression) return expression;
    if (literal !== '') pieces.push(literal);
    literal = '';
    pieces.push(expression);
    at = close + 1;
  }
  literal += text.slice(at);
  if (literal !== '' || pieces.length === 0) pieces.push(literal);
  return pieces;
}

function parseExpression(raw: string): Expression | TemplateFault {
  const inner = raw.slice(2, -1);
  const split = inner.indexOf(':-');
  const head = (split < 0 ? inner : inner.slice(0, split)).trim();
  const fallback = split < 0 ? undefined : inner.slice(split + 2);
  if (head === '') return { raw, reason: 'it names nothing' };
  const dot = head.indexOf('.');
  const word = dot < 0 ? head : head.slice(0, dot);
  const form = formOf(word, dot >= 0);
  if (form === undefined) {
    return { raw, reason: `there is no \`${word}.\`; known: var, env, secret, workload, self, project, index` };
  }
  const name = form === 'bare' ? head : dot < 0 ? '' : head.slice(dot + 1);
  if (!NAME[form].test(name)) {
    return {
      raw,
      reason: form === 'bare' ? 'it is not the name of anything' : `it is written ${SHAPE[form] ?? '${index}'}`,
    };
  }
  if (fallback !== undefined && form !== 'env' && form !== 'bare') {
    return { raw, reason: 'only an environment variable can have a default after `:-`' };
  }
  return fallback === undefined ? { form, name, raw } : { form, name, fallback, raw };
}

function formOf(word: string, dotted: boolean): Expression['form'] | undefined {
  if (!dotted) return word === 'index' ? 'index' : 'bare';
  return word === 'var' ||
    word === 'env' ||
    word === 'secret' ||
    word === 'workload' ||
    word === 'self' ||
    word === 'project'
    ? word
    : undefined;
}

/** The text that parses to these pieces. */
export function printTemplate(pieces: readonly Piece[]): string {
  return pieces
    .map((piece) => {
      if (typeof piece === 'string') return piece.split('${').join('$${');
      const name =
        piece.form === 'bare' ? piece.name : piece.form === 'index' ? 'index' : `${piece.form}.${piece.name}`;
      return `\${${name}${piece.fallback === undefined ? '' : `:-${piece.fallback}`}}`;
    })
    .join('');
}
