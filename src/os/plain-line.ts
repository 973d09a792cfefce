import { stripVTControlCharacters } from 'node:util';

/** A line of a program that draws on a terminal, as text: neither escapes nor other control characters. What is drawn over by a carriage return is one line. */
export const plainLine = (line: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must go
  stripVTControlCharacters(line.replace(/\r+$/, '')).replace(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f]+/g, ' ');
