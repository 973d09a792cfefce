import { expect } from 'vitest';

/** Fails when a fence or a fold stays open, a table's row has not its five cells, or raw HTML got in from a value. */
export function expectWholeMarkdown(text: string): void {
  let fence: string | undefined;
  let folds = 0;
  const lines = text.split('\n');
  expect(lines[0]).toMatch(/^<!-- pj-plan:[^\s<>]* -->$/);
  for (const line of lines.slice(1)) {
    if (fence !== undefined) {
      if (/^`{3,}$/.test(line) && line.length >= fence.length) fence = undefined;
      continue;
    }
    const open = /^(`{3,})diff$/.exec(line);
    if (open !== null) {
      fence = open[1];
      continue;
    }
    if (line.startsWith('<details>')) folds++;
    if (line === '</details>') folds--;
    if (line.startsWith('|')) expect(cells(line)).toBe(5);
    const html =
      line
        .replace(/(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)/g, '')
        .replaceAll('<!-- -->', '')
        .match(/<\/?[a-zA-Z!][^>]*>/g) ?? [];
    expect(html.filter((tag) => !/^<\/?(details|summary)>$/.test(tag))).toEqual([]);
  }
  expect(fence).toBeUndefined();
  expect(folds).toBe(0);
}

function cells(row: string): number {
  return row.replace(/\\./g, '').split('|').length - 2;
}
