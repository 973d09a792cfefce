/** One line of an LXC configuration. */
export type ConfigLine = readonly [key: string, value: string];

/** The text of a configuration. LXC has no way to write a line break in a value: what has one is to be kept out of here. */
export const configText = (lines: readonly ConfigLine[]): string =>
  lines
    .map(([key, value]) => {
      if (value.includes('\n')) throw new RangeError(`LXC has no way to write a line break in ${key}`);
      return `${key} = ${value}\n`;
    })
    .join('');

/** Reads a configuration; comments are left out, what it includes is not followed. */
export function parseConfig(text: string): ConfigLine[] {
  return text.split('\n').flatMap((line) => {
    const [, key, value] = /^\s*(lxc\.[\w.-]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    return key === undefined || value === undefined ? [] : [[key, value.replace(/^(["'])(.*)\1$/, '$2')] as const];
  });
}

/** The last value of a key; an empty one takes back what stood before. */
export const lastOf = (lines: readonly ConfigLine[], key: string): string | undefined =>
  lines.findLast(([one]) => one === key)?.[1];

/** A path in a mount entry, as in fstab. */
export const fstabPath = (path: string): string =>
  path.replace(/[\s\\#]/g, (char) => `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`);
