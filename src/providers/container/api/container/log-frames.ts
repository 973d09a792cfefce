import { StringDecoder } from 'node:string_decoder';
import type { LogLine } from '../../../contract.ts';

/** A piece of output as the engine wrote it. */
export interface Frame {
  stream: LogLine['stream'];
  data: Buffer;
}

const HEADER = 8;
const STDERR = 2;

/** Takes multiplexed output apart: stream (1 byte), three of nothing, length (4, big-endian), data. Frames may stand over the borders of chunks. */
export function frameReader(): (chunk: Buffer) => Frame[] {
  let waiting: Buffer[] = [];
  let size = 0;
  let wanted = HEADER;
  return (chunk) => {
    waiting.push(chunk);
    size += chunk.length;
    // A long frame comes in many chunks: they are put together once.
    if (size < wanted) return [];
    let rest = Buffer.concat(waiting);
    const frames: Frame[] = [];
    for (wanted = HEADER; rest.length >= HEADER; ) {
      const end = HEADER + rest.readUInt32BE(4);
      if (rest.length < end) {
        wanted = end;
        break;
      }
      frames.push({ stream: rest[0] === STDERR ? 'stderr' : 'stdout', data: rest.subarray(HEADER, end) });
      rest = rest.subarray(end);
    }
    waiting = [rest];
    size = rest.length;
    return frames;
  };
}

/** A line with the instant that the engine has put before it; '' where it has put none. */
export interface StampedLine {
  at: string;
  text: string;
}

const STAMP = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\S*) /;

/** Puts one stream's entries together to lines. Each entry (a line, or a part of a long one) begins with an instant; a terminal's come without borders, so that only a line does. */
export function lineReader(terminal: boolean): { push(data: Buffer): StampedLine[]; end(): StampedLine[] } {
  const decoder = new StringDecoder('utf8');
  let begun: StampedLine = { at: '', text: '' };
  let fresh = true;
  const take = (text: string): StampedLine[] => {
    const parts = text.split('\n');
    const last = parts.pop() ?? '';
    const done = parts.map((part) => {
      const line = { at: begun.at, text: begun.text + part };
      begun = { at: '', text: '' };
      return terminal ? stamped({ at: '', text: line.text.replace(/\r$/, '') }) : line;
    });
    begun = { at: begun.at, text: begun.text + last };
    return done;
  };
  return {
    push(data) {
      if (terminal) return take(decoder.write(data));
      // The instant is plain ASCII: it may stand between the two halves of a character.
      const head = STAMP.exec(data.subarray(0, 64).toString('latin1'));
      if (head !== null && fresh) begun.at = head[1] ?? '';
      const lines = take(decoder.write(head === null ? data : data.subarray(head[0].length)));
      fresh = begun.text === '' && data.at(-1) === 0x0a;
      return lines;
    },
    end() {
      const text = begun.text + decoder.end();
      if (text === '') return [];
      return [terminal ? stamped({ at: '', text: text.replace(/\r$/, '') }) : { at: begun.at, text }];
    },
  };
}

function stamped({ text }: StampedLine): StampedLine {
  const head = STAMP.exec(text);
  return head === null ? { at: '', text } : { at: head[1] ?? '', text: text.slice(head[0].length) };
}
