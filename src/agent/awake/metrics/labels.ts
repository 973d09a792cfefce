const ESCAPES: Record<string, string> = { '\\': '\\\\', '"': '\\"', '\n': '\\n' };

/** A label's value as the text format writes it, without its quotes. */
export const escaped = (value: string): string => value.replace(/[\\"\n]/g, (one) => ESCAPES[one] ?? one);

/** `a="1",b="2"`. */
export const labelled = (labels: Record<string, string>): string =>
  Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(',');

/** A tag as the name of a label: `cost-center` is `tag_cost_center`. Two tags may come to the same name, which would break the whole scrape: the later gets a number. */
export function tagLabels(tags: Record<string, unknown>): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const [tag, value] of Object.entries(tags).sort(([a], [b]) => (a < b ? -1 : 1))) {
    // A sensitive value stands there as its digest, which is nobody's label.
    if (typeof value !== 'string') continue;
    const name = `tag_${tag.replace(/[^A-Za-z0-9_]/g, '_')}`;
    let free = name;
    for (let n = 2; Object.hasOwn(labels, free); n++) free = `${name}_${n}`;
    labels[free] = value;
  }
  return labels;
}
