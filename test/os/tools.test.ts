import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lookupGroup, lookupUser } from '../../src/os/accounts.ts';
import { resolveCommand } from '../../src/os/tools.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pj-tools-'));
  mkdirSync(join(folder, 'bin'));
  program('bin/tool', '#!/bin/sh\n');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function program(name: string, text: string, mode = 0o755): void {
  writeFileSync(join(folder, name), text);
  chmodSync(join(folder, name), mode);
}

describe('resolveCommand', () => {
  const resolve = (command: string, path = 'bin') => resolveCommand(command, { cwd: folder, path });

  it('finds absolute paths, paths relative to the project, and names in PATH', () => {
    const tool = join(folder, 'bin', 'tool');
    expect(resolve(tool)).toEqual({ path: tool });
    expect(resolve('bin/tool')).toEqual({ path: tool });
    expect(resolve('./bin/../bin/tool')).toEqual({ path: tool });
    expect(resolve('tool')).toEqual({ path: tool });
    expect(resolve('tool', `/nowhere:${join(folder, 'bin')}`)).toEqual({ path: tool });
  });

  it('says why there is none', () => {
    program('bin/plain', 'x', 0o644);
    program('bin/script', '#!/no/such/interpreter -x\n');
    symlinkSync('loop', join(folder, 'loop'));
    expect(resolve('').reason).toBe('the command is empty');
    expect(resolve('nothing').reason).toBe('nothing is in none of the folders of PATH (bin)');
    expect(resolve('./nothing').reason).toBe(`${folder}/nothing is not there`);
    expect(resolve('bin/tool/x').reason).toMatch(/is not there/);
    expect(resolve('./bin').reason).toBe(`${folder}/bin is a directory`);
    expect(resolve('bin/plain').reason).toMatch(/may not be executed/);
    expect(resolve('plain').reason).toMatch(/may not be executed/);
    expect(resolve('bin/script').reason).toMatch(/is a script for \/no\/such\/interpreter, which is not there/);
    expect(resolve('./loop').reason).toMatch(/leads in a circle/);
    expect(resolve('a\0b').reason).toMatch(/NUL/);
  });

  it('goes on to the next folder of PATH where the first may not be run', () => {
    mkdirSync(join(folder, 'first'));
    program('first/tool', 'x', 0o644);
    expect(resolve('tool', 'first:bin')).toEqual({ path: join(folder, 'bin', 'tool') });
  });
});

describe('accounts', () => {
  it('finds users and groups by name and number', () => {
    expect(lookupUser('root')).toMatchObject({ name: 'root', uid: 0, gid: 0 });
    expect(lookupUser('0')?.name).toBe('root');
    expect(lookupGroup('root')).toEqual({ name: 'root', gid: 0 });
    expect(lookupUser('no-such-user')).toBeUndefined();
    expect(lookupUser('root:x')).toBeUndefined();
    expect(lookupUser('a\nb')).toBeUndefined();
  });
});
