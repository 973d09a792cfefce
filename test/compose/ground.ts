import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Converted, convertCompose } from '../../src/compose/convert.ts';
import type { JsonObject } from '../../src/model/json.ts';

/** What becomes of these files; the first, or those named in `order`, are given to the import. */
export async function converted(
  files: Record<string, string> | string,
  { env = {}, order }: { env?: Record<string, string>; order?: string[] } = {},
): Promise<Converted> {
  const dir = mkdtempSync(join(tmpdir(), 'pj-compose-'));
  try {
    const all = typeof files === 'string' ? { 'compose.yaml': files } : files;
    for (const [name, text] of Object.entries(all)) {
      mkdirSync(dirname(join(dir, name)), { recursive: true });
      writeFileSync(join(dir, name), text);
    }
    const first = order ?? Object.keys(all).slice(0, 1);
    return await convertCompose({ files: first.map((name) => join(dir, name)), out: dir, from: dir, env });
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** The descriptor of one service `web` with these lines, and the notes as `key: what`. */
export async function web(
  lines: string,
  more: { env?: Record<string, string>; files?: Record<string, string>; top?: string } = {},
): Promise<{ descriptor: JsonObject; container: JsonObject; notes: string[]; all: Converted }> {
  const text = `services:\n  web:\n    image: busybox\n${lines.replace(/^(?=.)/gm, '    ')}\n${more.top ?? ''}`;
  const all = await converted({ 'compose.yaml': text, ...more.files }, more);
  if (all.errors.length > 0) throw all.errors[0];
  const descriptor = all.descriptors.get('web.yaml') ?? {};
  return {
    descriptor,
    container: descriptor['container'] as JsonObject,
    notes: all.notes.map(({ key, what }) => `${key}: ${what}`),
    all,
  };
}
