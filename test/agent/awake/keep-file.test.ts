import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openKeep } from '../../../src/agent/awake/keep-file.ts';

let project: string;
let file: string;
beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'pj-keep-'));
  mkdirSync(join(project, '.pj/agent'), { recursive: true });
  file = join(project, '.pj/agent/awake.json');
});
afterEach(() => rmSync(project, { recursive: true, force: true }));

it('gives the next agent what each part wrote last', () => {
  const keep = openKeep(project);
  expect(keep('health').read()).toBeUndefined();
  keep('health').write({ a: [1, null] });
  keep('a "part"').write(null);
  keep('health').write({ a: [2] });
  const next = openKeep(project);
  expect([next('health').read(), next('a "part"').read(), next('drift').read()]).toEqual([{ a: [2] }, null, undefined]);
});

it('keeps what was written, not what its part has made of that since: another part writes the whole file', () => {
  const keep = openKeep(project);
  const counts = { applies: 1 };
  keep('metrics').write({ counts, read: 100 });
  counts.applies = 2;
  keep('health').write({});
  const kept = { counts: { applies: 1 }, read: 100 };
  expect(keep('metrics').read()).toEqual(kept);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ metrics: kept, health: {} });
});

it('takes a file that is none for nothing kept', () => {
  for (const text of ['', '[]', '{"health":', 'null']) {
    writeFileSync(file, text);
    expect(openKeep(project)('health').read()).toBeUndefined();
  }
});

it('what could not be written is not written along with another part: its own stands by what was kept before', () => {
  const keep = openKeep(project);
  keep('health').write('before');
  symlinkSync('/dev/full', `${file}.tmp`);
  expect(() => keep('health').write('begun')).toThrow(/ENOSPC/);
  rmSync(`${file}.tmp`);
  keep('drift').write('more');
  for (const one of [keep, openKeep(project)])
    expect([one('health').read(), one('drift').read()]).toEqual(['before', 'more']);
});
