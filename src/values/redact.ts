/** What stands in place of a sensitive value. */
const HIDDEN = '(sensitive)';
/** Shorter values are in too many innocent texts to be replaced. */
const SHORTEST = 3;

/** Hides values that are learnt one by one in texts. */
export interface Redactor {
  learn(value: string): void;
  redact(text: string): string;
}

/** A redactor that knows nothing yet. It finds a value also as JSON, URL and base64 write it. */
export function makeRedactor(): Redactor {
  const known = new Set<string>();
  return {
    learn(value) {
      for (const form of formsOf(value)) if (form.length >= SHORTEST) known.add(form);
    },
    redact(text) {
      const found: [start: number, end: number][] = [];
      for (const form of known) {
        for (let at = text.indexOf(form); at >= 0; at = text.indexOf(form, at + 1)) found.push([at, at + form.length]);
      }
      return found.length === 0 ? text : withoutStretches(text, found);
    },
  };
}

/** The text with stretches replaced; those that overlap are one, so that no rest of a longer value stays beside a shorter. */
function withoutStretches(text: string, found: [start: number, end: number][]): string {
  found.sort((a, b) => a[0] - b[0]);
  let out = '';
  let end = 0;
  for (const [from, to] of found) {
    if (from >= end) out += text.slice(end, from) + HIDDEN;
    end = Math.max(end, to);
  }
  return out + text.slice(end);
}

/** How a value may appear: itself, its lines, and what programs commonly make of it. */
function formsOf(value: string): string[] {
  if (value.length < SHORTEST) return [];
  const forms = [value, value.trim(), ...encoded(value)];
  // a tool that echoes a key often does so line by line
  const lines = value.split(/\r?\n/).map((line) => line.trim());
  if (lines.length > 1) forms.push(...lines.filter((line) => line.length >= 8));
  return forms;
}

function encoded(value: string): string[] {
  const json = JSON.stringify(value).slice(1, -1);
  const bytes = Buffer.from(value, 'utf8');
  const forms = [json, JSON.stringify(json).slice(1, -1)];
  // a lone surrogate has no URL form
  const url = bytes.toString('utf8') === value ? encodeURIComponent(value) : '';
  if (url !== '') {
    forms.push(url, url.replaceAll('%20', '+'), encodeURI(value));
    forms.push(url.replace(/%[0-9A-F]{2}/g, (each) => each.toLowerCase()));
  }
  forms.push(bytes.toString('base64'), bytes.toString('base64url'), bytes.toString('base64').replace(/=+$/, ''));
  forms.push(...insideBase64(bytes), bytes.toString('hex'));
  return forms;
}

/** What base64 makes of a value in the middle of other bytes: for each alignment the part that depends on nothing else. */
function insideBase64(bytes: Buffer): string[] {
  if (bytes.length < 8) return [];
  return [1, 2].flatMap((offset) => {
    const shifted = Buffer.concat([Buffer.alloc(offset), bytes]);
    const whole = shifted.length - (shifted.length % 3);
    const text = shifted.subarray(0, whole).toString('base64').slice(4);
    return [text, text.replaceAll('+', '-').replaceAll('/', '_')];
  });
}
