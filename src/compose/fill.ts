import type { Report } from '../descriptors/problem.ts';
import { printTemplate } from '../descriptors/template-syntax.ts';
import type { Context } from './context.ts';
import type { Environment } from './environment.ts';
import { interpolate, type Origin } from './interpolate.ts';
import type { Secrets } from './secrets.ts';
import { isSensitive } from './sensitive.ts';
import { mapScalars, placeOf, type Scalar, type Tree } from './tree.ts';

const WRITTEN: Record<Origin | 'default' | 'nowhere', readonly [what: string, advice: string]> = {
  environment: [
    'is written as the environment sets it now',
    'Where it is to stay open, declare it under `variables` in pj.yaml.',
  ],
  '.env': ['is written as .env sets it now', 'Where it is to stay open, declare it under `variables` in pj.yaml.'],
  default: ['is not set: its default is written', 'Where it is to stay open, declare it under `variables` in pj.yaml.'],
  nowhere: ['is not set, and is written as nothing', 'Set it, and import again.'],
};

/** Fills in the variables of a file: values, or references to secrets, in the way that descriptors write them. */
export function filler(
  environment: Environment,
  secrets: Secrets,
  note: Context['note'],
  report: Report,
): (tree: Tree) => Tree {
  const fillScalar = (scalar: Scalar): Scalar => {
    if (typeof scalar.value !== 'string' || !scalar.value.includes('$')) return scalar;
    const { spot, value: raw } = scalar;
    const refuse = (key: string, reason: string): void =>
      report({ code: 'PJ1074', details: { key, reason }, spots: [spot] });
    const pieces = interpolate(raw, {
      find: environment,
      secret(name) {
        const found = environment(name);
        if (!isSensitive(name, found?.value ?? 'unknown')) return undefined;
        const isDefault = new RegExp(`\\$\\{${name}:?-.`).test(raw);
        return secrets.ofVariable(name, found?.from ?? (isDefault ? 'the Compose file' : 'nowhere'), placeOf(spot));
      },
      wrote(name, from) {
        const [what, advice] = WRITTEN[from];
        note(spot, `\${${name}}`, what, advice);
      },
    });
    if (Array.isArray(pieces)) {
      const isEscape = pieces.some(
        (piece, i) => typeof piece === 'string' && piece.endsWith('$') && i + 1 < pieces.length,
      );
      // Descriptors would read that as a `${` that is meant as itself.
      if (isEscape) refuse(raw, 'a `$` cannot stand just before a secret');
      return { ...scalar, value: printTemplate(pieces), raw };
    }
    if (pieces.type === 'syntax') refuse(pieces.raw, pieces.reason);
    else {
      const message = pieces.message === '' ? '' : `: ${pieces.message}`;
      report({ code: 'PJ1071', details: { name: pieces.name, message }, spots: [spot] });
    }
    return { ...scalar, value: '', raw };
  };
  return (tree) => mapScalars(tree, fillScalar);
}
