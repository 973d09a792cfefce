import { columns } from './width.ts';

/** `1 step`, `2 steps`. */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** `web: ` before a message, without the id that the message may begin with itself. */
export function prefixed(name: string, message: string, id = name): string {
  return `${name}: ${message.startsWith(`${id} `) ? message.slice(id.length + 1) : message}`;
}

/** A label and a comma-separated list, wrapped between items, further lines indented below the first item. */
export function blockIds(label: string, items: readonly string[], width: number): string[] {
  const indent = ' '.repeat(columns(label));
  const lines: string[] = [];
  let line = label;
  let empty = true;
  items.forEach((item, i) => {
    const text = i < items.length - 1 ? `${item},` : item;
    if (!empty && columns(line) + 1 + columns(text) > width) {
      lines.push(line);
      line = indent + text;
    } else line += empty ? text : ` ${text}`;
    empty = false;
  });
  lines.push(line);
  return lines;
}
