import { expect, it } from 'vitest';
import { keysIn } from '../../src/cli/keys.ts';

it.each([
  ['qm', ['q', 'm']],
  ['\u001b[A\u001bOB\u001b[5~\u001b[6~\u001b[H\u001b[4~', ['up', 'down', 'page-up', 'page-down', 'home', 'end']],
  ['\u001b', ['escape']],
  ['\u0003\u001a\r', ['ctrl-c', 'ctrl-z', 'enter']],
  ['\u001b[1;5A\u001b[<0;1;1Mq', ['q']],
  ['ü字', ['ü', '字']],
  ['\u0000\u007f', []],
])('keys in %j', (text, keys) => expect(keysIn(text)).toEqual(keys));
