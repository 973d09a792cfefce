import { appendFileSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { FileSource } from '../../src/agent/awake/telemetry/file-source.ts';
import type { FilePlace } from '../../src/agent/awake/telemetry/places.ts';

let dir = '';
let path = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'pj-source-'));
  path = join(dir, 'web.out.log');
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** A source with a queue of so many lines before it. */
function source(place?: FilePlace) {
  const got: { text: string; at: number | undefined; receipt: () => void }[] = [];
  const places: FilePlace[] = [];
  const file = new FileSource({ path, place, since: undefined, moved: (to) => places.push(to) });
  const read = (room = Number.POSITIVE_INFINITY, now = 0) =>
    file.read(
      now,
      () => got.length < room,
      (text, at, receipt) => got.push({ text, at, receipt }),
    );
  return { file, got, places, read, texts: () => got.map(({ text }) => text) };
}

it('reads no more than there is room for, goes on there, and counts only what was received', async () => {
  writeFileSync(path, 'a\nb\nc\nd\n');
  const one = source();
  await one.read(2);
  expect(one.texts()).toEqual(['a', 'b']);
  await one.read(2);
  expect(one.texts()).toEqual(['a', 'b']);
  expect(one.places).toEqual([]);
  one.got[0]?.receipt();
  expect(one.places).toEqual([{ inode: statSync(path).ino, position: 2 }]);
  await one.read();
  appendFileSync(path, 'e\n');
  await one.read();
  expect(one.texts()).toEqual(['a', 'b', 'c', 'd', 'e']);
  // Whoever comes after goes on after what was received.
  const two = source(one.places[0]);
  await two.read();
  expect(two.texts()).toEqual(['b', 'c', 'd', 'e']);
});

it('another file under that name is read from its beginning', async () => {
  writeFileSync(path, 'a\nb\n');
  const place = { inode: statSync(path).ino, position: 4 };
  renameSync(path, join(dir, 'other'));
  writeFileSync(path, 'new one\nnew two\n');
  const one = source(place);
  await one.read();
  expect(one.texts()).toEqual(['new one', 'new two']);
});

it('says how many bytes were gone before it came to them', async () => {
  writeFileSync(path, 'a\n');
  const one = source();
  await one.read();
  expect(one.file.lost).toBe(0);
  // As after rotations that kept nothing: the live file begins at byte 100 of the log.
  writeFileSync(`${path}.rotation`, JSON.stringify({ base: 100, hole: 0 }));
  writeFileSync(path, 'z\n');
  await one.read();
  expect(one.texts()).toEqual(['a', 'z']);
  expect(one.file.lost).toBe(98);
});

it('a line without an end is one when nothing more comes', async () => {
  writeFileSync(path, 'whole\nhalf');
  const one = source();
  await one.read(9, 0);
  await one.read(9, 4_000);
  expect(one.texts()).toEqual(['whole']);
  await one.read(9, 6_000);
  expect(one.texts()).toEqual(['whole', 'half']);
});

it('a line that had to wait has the time at which it was written, as the index says; one that came just now none', async () => {
  writeFileSync(path, 'a\nb\nc\n');
  writeFileSync(`${path}.idx`, '1000 2\n2000 4\n');
  const one = source();
  await one.read(1);
  // The read goes on after an outage, in which the file and its index grew.
  appendFileSync(path, 'd\n');
  writeFileSync(`${path}.idx`, '1000 2\n2000 4\n3000 6\n4000 8\n');
  await one.read(9, 60_000);
  expect(one.got.map(({ text, at }) => [text, at])).toEqual([
    ['a', 1000],
    ['b', 2000],
    ['c', 3000],
    ['d', 4000],
  ]);
  appendFileSync(path, 'e\n');
  await one.read(9, 61_000);
  expect(one.got.at(-1)).toMatchObject({ text: 'e', at: undefined });
});

it('knows what it has not read', async () => {
  writeFileSync(path, 'a\nb\n');
  const one = source();
  await one.read(1);
  expect([one.file.through, one.file.unread]).toEqual([false, 2]);
  await one.read();
  expect([one.file.through, one.file.unread]).toEqual([true, 0]);
  appendFileSync(path, 'half');
  expect([one.file.through, one.file.unread]).toEqual([false, 4]);
});
