import fc from 'fast-check';
import { expect, it } from 'vitest';
import { frameReader, lineReader } from '../../../../src/providers/container/api/container/log-frames.ts';

const frame = (stream: number, data: Buffer): Buffer => {
  const header = Buffer.alloc(8);
  header[0] = stream;
  header.writeUInt32BE(data.length, 4);
  return Buffer.concat([header, data]);
};

/** Cut at these places, wherever they are. */
const cut = (all: Buffer, places: readonly number[]): Buffer[] => {
  const at = [...places.map((place) => place % (all.length + 1)), 0, all.length].sort((a, b) => a - b);
  return at.slice(1).map((end, index) => all.subarray(at[index], end));
};

const places = fc.array(fc.nat(), { maxLength: 20 });
const line = fc.string({ unit: 'grapheme' }).map((text) => text.replace(/[\r\n]/g, ''));

it('gives the frames that were written, wherever chunks end', () => {
  const frames = fc.array(fc.tuple(fc.constantFrom(1, 2), fc.uint8Array({ maxLength: 300 })), { maxLength: 20 });
  fc.assert(
    fc.property(frames, places, (written, at) => {
      const read = frameReader();
      const all = Buffer.concat(written.map(([stream, data]) => frame(stream, Buffer.from(data))));
      const got = cut(all, at).flatMap((chunk) => read(chunk));
      expect(got.map(({ stream, data }) => [stream === 'stderr' ? 2 : 1, new Uint8Array(data)])).toEqual(
        written.map(([stream, data]) => [stream, new Uint8Array(data)]),
      );
    }),
  );
});

it('gives whole lines, whatever characters frames end in', () => {
  fc.assert(
    fc.property(fc.array(line, { maxLength: 10 }), places, fc.boolean(), (lines, at, terminal) => {
      const reader = lineReader(terminal);
      const all = Buffer.from(lines.map((text) => `${text}${terminal ? '\r' : ''}\n`).join(''));
      const got = cut(all, at).flatMap((piece) => reader.push(piece));
      expect([...got, ...reader.end()].map(({ text }) => text)).toEqual(lines);
    }),
  );
});

it('takes the instants of entries away, those within a long line too', () => {
  const reader = lineReader(false);
  const at = '2026-11-28T14:34:29.358134474Z';
  const half = Buffer.from('é');
  const got = [
    ...reader.push(Buffer.concat([Buffer.from(`${at} lo`), half.subarray(0, 1)])),
    ...reader.push(Buffer.concat([Buffer.from(`${at} `), half.subarray(1), Buffer.from('ng\n')])),
    ...reader.push(Buffer.from(`${at} last`)),
    ...reader.end(),
  ];
  expect(got).toEqual([
    { at, text: 'loéng' },
    { at, text: 'last' },
  ]);
});
