import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Part } from '../../src/model/template.ts';
import { keyIdOf } from '../../src/values/digest.ts';
import { createDigestKey, digestKeyPath, readDigestKey } from '../../src/values/digest-key.ts';
import { makeRedactor } from '../../src/values/redact.ts';
import { createSensitiveValues, type SensitiveOptions } from '../../src/values/sensitive-values.ts';

async function inFolder<T>(use: (dir: string) => Promise<T>): Promise<T> {
  const dir = mkdtempSync(join(tmpdir(), 'pj-values-'));
  try {
    return await use(dir);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

const key = Buffer.alloc(32, 7);
const make = (dir: string, options: Partial<SensitiveOptions> = {}) =>
  createSensitiveValues({ dir, env: {}, key, secrets: {}, variables: {}, ...options });
const node = (script: string): { command: string[] } => ({ command: [process.execPath, '-e', script] });

test('gives the values of every kind of source, one trailing newline dropped', async () => {
  await inFolder(async (dir) => {
    writeFileSync(join(dir, 'token.txt'), ' two words \n\n');
    const values = make(dir, {
      env: { DB: 'from env', HOME: '/root', PATH: process.env['PATH'] },
      secrets: { e: { env: 'DB' }, f: { file: 'token.txt' }, c: node('console.log(process.cwd() + process.env.DB)') },
      variables: { v: { a: ['deep value'] }, n: 5 },
    });
    const parts: Exclude<Part, string>[] = [
      { secret: 'e' },
      { secret: 'f' },
      { secret: 'c' },
      { env: 'HOME' },
      { env: 'NOPE', default: 'dflt' },
      { var: 'v' },
      { var: 'n' },
    ];
    await values.prepare([['x', ...parts], [{ workload: 'w', attribute: 'address' }]]);
    expect(parts.map((part) => values.lookup(part))).toEqual([
      'from env',
      ' two words \n',
      `${dir}from env`,
      '/root',
      'dflt',
      { a: ['deep value'] },
      5,
    ]);
    expect(values.lookup({ workload: 'w', attribute: 'address' })).toBeUndefined();
    expect(values.redact(`from env|deep value|dflt|${dir}from env`)).toBe(
      '(sensitive)|(sensitive)|(sensitive)|(sensitive)',
    );
    expect(values.sources()).toEqual({
      'secret.e': { env: 'DB' },
      'secret.f': { file: 'token.txt' },
      'secret.c': expect.objectContaining({ command: expect.anything() }) as unknown,
      'env.HOME': { env: 'HOME' },
      'env.NOPE': { env: 'NOPE' },
      'var.v': { env: 'PJ_VAR_v' },
      'var.n': { env: 'PJ_VAR_n' },
    });
  });
});

test('names every source that failed, and never what it gave', async () => {
  await inFolder(async (dir) => {
    mkdirSync(join(dir, 'folder'));
    writeFileSync(join(dir, 'binary'), Buffer.from([0xff, 0xfe, 0xfd]));
    const values = make(dir, {
      env: { PATH: process.env['PATH'] },
      secrets: {
        a: { env: 'UNSET' },
        b: { file: 'gone.txt' },
        c: { file: 'folder' },
        d: node('console.log("canary"); console.error("canary"); process.exit(3)'),
        e: { command: ['no-such-program-canary-free'] },
        f: { file: 'binary' },
        g: node('process.kill(process.pid, "SIGKILL")'),
      },
    });
    const parts = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((secret) => ({ secret }));
    const error = await values.prepare([parts, [{ env: 'X' }], [{ env: 'X', default: 'y' }]]).then(
      () => undefined,
      (thrown: Error) => thrown,
    );
    expect(error).toMatchObject({ code: 'PJ1060' });
    expect(error?.message.replaceAll(process.execPath, 'node')).toBe(
      '8 sensitive values cannot be had: env.X: the environment variable X is not set; secret.a: the environment variable UNSET is not set; secret.b: the file gone.txt does not exist; secret.c: folder is a folder; secret.d: the command node ended with exit code 3; secret.e: the command no-such-program-canary-free cannot be run (ENOENT); secret.f: the file binary is not UTF-8 text; secret.g: the command node was ended by SIGKILL',
    );
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('"canary');
    expect(() => values.lookup({ secret: 'a' })).toThrow('secret.a');
  });
});

test('asks each source once', async () => {
  await inFolder(async (dir) => {
    const values = make(dir, {
      env: { PATH: process.env['PATH'] },
      secrets: { c: node('require("fs").appendFileSync("count", "x"); console.log("abc")') },
    });
    await values.prepare([[{ secret: 'c' }], ['a', { secret: 'c' }]]);
    await values.prepare([[{ secret: 'c' }]]);
    expect(readFileSync(join(dir, 'count'), 'utf8')).toBe('x');
  });
});

test('the sources of a saved plan hold over those of pj.yaml', async () => {
  await inFolder(async (dir) => {
    const values = make(dir, {
      env: { OLD: 'old', NEW: 'new' },
      secrets: { s: { env: 'NEW' } },
      recorded: { 'secret.s': { env: 'OLD' } },
    });
    await values.prepare([[{ secret: 's' }]]);
    expect(values.lookup({ secret: 's' })).toBe('old');
  });
});

test('an aborted run does not wait for a command', async () => {
  await inFolder(async (dir) => {
    const signal = AbortSignal.timeout(200);
    const values = make(dir, {
      env: { PATH: process.env['PATH'] },
      secrets: { s: node('setTimeout(() => {}, 60000)') },
      signal,
    });
    const begun = performance.now();
    await expect(values.prepare([[{ secret: 's' }]])).rejects.toThrow('was interrupted');
    expect(performance.now() - begun).toBeLessThan(10_000);
  });
});

test('digests depend on the key and the value, not on the order of keys', () => {
  const values = make('/');
  expect(values.digest({ a: 1, b: 2 })).toBe(values.digest({ b: 2, a: 1 }));
  expect(values.digest('1')).not.toBe(values.digest(1));
  expect(values.digest('x')).toMatch(/^[0-9a-f]{64}$/);
  const other = createSensitiveValues({ dir: '/', env: {}, key: Buffer.alloc(32, 8), secrets: {}, variables: {} });
  expect(other.digest('x')).not.toBe(values.digest('x'));
  expect(other.keyId).not.toBe(values.keyId);
  expect(values.keyId).toBe(keyIdOf(key));
});

test('hides a value however it is written', () => {
  const { learn, redact } = makeRedactor();
  const secret = 'pa"ss wörd/+&=';
  learn(secret);
  learn('pa"ss');
  learn('ab');
  for (const form of [
    secret,
    JSON.stringify(secret),
    JSON.stringify(JSON.stringify({ a: secret })),
    encodeURIComponent(secret),
    encodeURIComponent(secret).replaceAll('%20', '+'),
    Buffer.from(secret).toString('base64'),
    Buffer.from(secret).toString('base64url'),
    Buffer.from(`user:${secret}`).toString('base64'),
    Buffer.from(`me:${secret}`).toString('base64'),
    Buffer.from(secret).toString('hex'),
  ]) {
    expect(redact(`<${form}>`)).toContain('(sensitive)');
    expect(redact(`<${form}>`)).not.toContain('rd');
  }
  expect(redact(secret)).toBe('(sensitive)');
  expect(redact('pa"ss only, ab stays')).toBe('(sensitive) only, ab stays');
});

test('hides values that overlap, and does not trip over its own mark', () => {
  const { learn, redact } = makeRedactor();
  for (const secret of ['abc', 'bcdefgh', 'sens']) learn(secret);
  expect(redact('xabcdefghx sens abc')).toBe('x(sensitive)x (sensitive) (sensitive)');
  expect(redact(redact('abc'))).not.toContain('abc');
});

test('hides the lines of a key on their own', () => {
  const { learn, redact } = makeRedactor();
  learn('-----BEGIN-----\nMIIBVgIBADANBg\nshort\n-----END-----\n');
  expect(redact('bad line MIIBVgIBADANBg here, short')).toBe('bad line (sensitive) here, short');
});

test('never leaves a value in a text', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ minLength: 3, unit: 'grapheme' }), { minLength: 1, maxLength: 4 }),
      fc.string(),
      fc.string(),
      (secrets, before, after) => {
        const { learn, redact } = makeRedactor();
        for (const secret of secrets) learn(secret);
        for (const secret of secrets) {
          if ('(sensitive)'.includes(secret)) continue;
          const shown = redact(`${before}\u0001${secret}\u0001${after}`);
          expect(shown.split('\u0001')[1]?.replaceAll('(sensitive)', '')).not.toContain(secret);
        }
      },
    ),
  );
});

test('makes a key once, which only its owner may read', async () => {
  await inFolder(async (dir) => {
    expect(await readDigestKey(dir, {})).toBeUndefined();
    const made = await Promise.all(Array.from({ length: 8 }, () => createDigestKey(dir, {})));
    expect(new Set(made.map(String)).size).toBe(1);
    expect(made[0]).toHaveLength(32);
    expect(await readDigestKey(dir, {})).toEqual(made[0]);
    expect(statSync(digestKeyPath(dir)).mode & 0o777).toBe(0o600);
    expect(statSync(join(dir, '.pj')).mode & 0o777).toBe(0o700);
    expect(readFileSync(digestKeyPath(dir), 'utf8')).toMatch(/^[0-9a-f]{64}\n$/);
    expect(readdirSync(join(dir, '.pj'))).toEqual(['key']);
  });
});

test('PJ_DIGEST_KEY holds over the file, and what is no key is refused without being told', async () => {
  await inFolder(async (dir) => {
    const env = { PJ_DIGEST_KEY: 'ab'.repeat(32) };
    expect(await createDigestKey(dir, env)).toEqual(Buffer.alloc(32, 0xab));
    expect(readdirSync(dir)).toEqual([]);
    await expect(readDigestKey(dir, { PJ_DIGEST_KEY: 'halfakey' })).rejects.toThrow(
      /^the key of the digests cannot be used: PJ_DIGEST_KEY does not hold 64 hexadecimal digits$/,
    );
    mkdirSync(join(dir, '.pj'));
    writeFileSync(digestKeyPath(dir), 'abc');
    await expect(createDigestKey(dir, {})).rejects.toMatchObject({ code: 'PJ1061' });
    expect(readFileSync(digestKeyPath(dir), 'utf8')).toBe('abc');
  });
});
