import type { Context } from './context.ts';
import { isSensitiveOption } from './sensitive.ts';
import { placeOf, type TreeSpot } from './tree.ts';

/** `--password=x`, `--password x`, `PGPASSWORD=x`, each with or without quotes. */
const GIVEN = /(?<![\w-])(--?[A-Za-z][\w.-]*[= ]|[A-Za-z_]\w*=)(["']?)([^\s"';|&()<>]+)\2/g;
/** `scheme://user:password@`. */
const LOGIN = /([a-z][a-z0-9+.-]*:\/\/[^\s/:@]*:)([^\s/@$]+)(?=@)/gi;
/** `mysql -ppassword`. */
const MYSQL = /(\b(?:mysql|mariadb)[\w-]*\b[^|;&]*?\s-p)([^\s"'$;|&]+)/g;

/** Words of a command line in which secrets that stand there as they are became references. */
export function hideLiterals(context: Context, owner: string, spot: TreeSpot, words: readonly string[]): string[] {
  const secret = (name: string, value: string): string => {
    const plain = name.replace(/^-+|[= ]$/g, '').toUpperCase();
    const known = context.secrets.withValue(value) ?? context.secrets.ofValue(plain, owner, value, placeOf(spot));
    return `\${secret.${known}}`;
  };
  return words.map((word, i) => {
    const option = words[i - 1] ?? '';
    if (/^--?[A-Za-z][\w.-]*$/.test(option) && isSensitiveOption(option, word)) return secret(option, word);
    return word
      .replace(GIVEN, (whole, name: string, quote: string, value: string) =>
        isSensitiveOption(name.slice(0, -1), value) ? `${name}${quote}${secret(name, value)}${quote}` : whole,
      )
      .replace(LOGIN, (_, before: string, value: string) => `${before}${secret('PASSWORD', value)}`)
      .replace(MYSQL, (_, before: string, value: string) => `${before}${secret('MYSQL_PASSWORD', value)}`);
  });
}
