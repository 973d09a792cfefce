/**
 * The assignments of an env file, as `docker run --env-file` reads it: one NAME=VALUE a line, the value as it stands; blank lines and lines that begin
 * with # are left out. A later line of the same name holds. `bad` gives the numbers of lines that are none of these.
 */
export function readEnvFile(text: string): { values: Map<string, string>; bad: number[] } {
  const values = new Map<string, string>();
  const bad: number[] = [];
  for (const [i, raw] of text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .entries()) {
    const line = raw.trimStart();
    if (line === '' || line.startsWith('#')) continue;
    const equals = line.indexOf('=');
    if (equals > 0 && !/\s/.test(line.slice(0, equals))) values.set(line.slice(0, equals), line.slice(equals + 1));
    else bad.push(i + 1);
  }
  return { values, bad };
}
