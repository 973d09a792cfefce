import fc from 'fast-check';
import { expect, test } from 'vitest';
import { matcher } from '../../src/descriptors/glob.ts';
import { portMappings } from '../../src/descriptors/ports.ts';
import { bytes, port, seconds } from '../../src/descriptors/quantity.ts';
import { shellWords } from '../../src/descriptors/shell-words.ts';
import { distance, nearest } from '../../src/model/nearest.ts';

const MiB = 2 ** 20;

test.each<[unknown, number | undefined]>([
  [512, 512 * MiB],
  ['2048', 2048 * MiB],
  ['512MiB', 512 * MiB],
  ['2GiB', 2 ** 31],
  ['2g', 2 ** 31],
  ['1.5Gi', 1.5 * 2 ** 30],
  ['500MB', 5e8],
  [' 1 KiB ', 1024],
  ['10B', 10],
  [0.5, MiB / 2],
  [0, undefined],
  [-1, undefined],
  ['', undefined],
  ['x', undefined],
  ['1XB', undefined],
  ['1 2', undefined],
  ['0', undefined],
  ['1e3', undefined],
  [Number.NaN, undefined],
  [null, undefined],
])('reads %j as %j bytes', (value, expected) => {
  expect(bytes(value)).toBe(expected);
});

test.each<[unknown, number | undefined]>([
  [10, 10],
  ['10', 10],
  ['500ms', 0.5],
  ['10s', 10],
  ['1m', 60],
  ['1m30s', 90],
  ['1h 5m', 3900],
  ['2d', 172800],
  [0, 0],
  ['1.5s', 1.5],
  [-1, undefined],
  ['s', undefined],
  ['10x', undefined],
  ['1m30', undefined],
  [Number.POSITIVE_INFINITY, undefined],
])('reads %j as %j seconds', (value, expected) => {
  expect(seconds(value)).toBe(expected);
});

test('sizes and durations say the same in every unit', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4096 }), (n) => {
      expect(bytes(`${n}GiB`)).toBe(bytes(`${n * 1024}MiB`));
      expect(bytes(`${n}`)).toBe(bytes(n));
      expect(seconds(`${n}m`)).toBe(seconds(`${n * 60}s`));
      expect(seconds(`${n}s${n}ms`)).toBe(Math.round((n + n / 1000) * 1000) / 1000);
    }),
  );
});

test.each<[unknown, number | undefined]>([
  [80, 80],
  ['80', 80],
  [0, undefined],
  [65536, undefined],
  ['8o', undefined],
  [1.5, undefined],
])('reads %j as port %j', (value, expected) => expect(port(value)).toBe(expected));

test.each<[string | number, unknown]>([
  [80, [{ container: 80 }]],
  ['8080:80', [{ host: 8080, container: 80 }]],
  ['127.0.0.1:8080:80/udp', [{ hostIp: '127.0.0.1', host: 8080, container: 80, protocol: 'udp' }]],
  ['[::1]:8080:80', [{ hostIp: '::1', host: 8080, container: 80 }]],
  ['127.0.0.1::80', [{ hostIp: '127.0.0.1', container: 80 }]],
  [
    '9000-9001:90-91',
    [
      { host: 9000, container: 90 },
      { host: 9001, container: 91 },
    ],
  ],
  ['9000-9002:90-91', undefined],
  ['91-90', undefined],
  ['99999:80', undefined],
  ['a:b', undefined],
])('reads the port entry %j', (entry, expected) => {
  expect(portMappings(entry)).toEqual(expected);
});

test.each<[string, string[] | undefined]>([
  ['a b  c', ['a', 'b', 'c']],
  [`a "b c" 'd e'f`, ['a', 'b c', 'd ef']],
  ['a\\ b ""', ['a b', '']],
  ['--x ${env.A:-b c} y', ['--x', '${env.A:-b c}', 'y']],
  ['"a\\"b$"', ['a"b$']],
  ['', []],
  ['a "b', undefined],
  ["a 'b", undefined],
  ['a\\', undefined],
])('splits %j as a shell would', (line, words) => {
  expect(shellWords(line)).toEqual(words);
});

test.each<[string, string, boolean]>([
  ['*.json', 'a/b.json', true],
  ['package.json', 'x/package.json', true],
  ['/package.json', 'x/package.json', false],
  ['fixtures', 'a/fixtures/b.yaml', true],
  ['fixtures/', 'fixtures/b.yaml', true],
  ['a/*.yaml', 'a/b/c.yaml', false],
  ['a/**/*.yaml', 'a/b/c.yaml', true],
  ['a/**/*.yaml', 'a/c.yaml', true],
  ['**/x.yaml', 'x.yaml', true],
  ['{a,b}.yaml', 'b.yaml', true],
  ['a?.yaml', 'ab.yaml', true],
  ['a.yaml', 'a-yaml', false],
  ['(x)+.yaml', '(x)+.yaml', true],
])('glob %s on %s: %s', (pattern, path, fits) => {
  expect(matcher([pattern])(path)).toBe(fits);
});

test.each<[string, string[], string | undefined]>([
  ['comand', ['command', 'umask'], 'command'],
  ['Image', ['image'], 'image'],
  ['prot', ['port', 'path'], 'port'],
  ['xy', ['ab'], undefined],
  ['a', ['b'], undefined],
  ['zzzzzz', ['command'], undefined],
])('the nearest to %s of %j is %s', (name, known, expected) => {
  expect(nearest(name, known)).toBe(expected);
});

test('a distance is symmetric, and nought for the same', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 8 }), fc.string({ maxLength: 8 }), (a, b) => {
      expect(distance(a, b, 20)).toBe(distance(b, a, 20));
      expect(distance(a, a, 20)).toBe(0);
    }),
  );
});
