import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeFileAtomic } from '../../src/os/atomic-file.ts';
import { hostFacts } from '../../src/os/host.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pj-atomic-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('writeFileAtomic', () => {
  it('writes and replaces, with the mode asked for, and leaves nothing else', () => {
    const path = join(folder, 'file');
    writeFileAtomic(path, 'one');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    writeFileAtomic(path, Buffer.from('two'), { mode: 0o664, fsync: false });
    expect(readFileSync(path, 'utf8')).toBe('two');
    expect(statSync(path).mode & 0o777).toBe(0o664);
    expect(readdirSync(folder)).toEqual(['file']);
  });

  it('takes away what killed writers have left, where nobody else can be writing', () => {
    const path = join(folder, 'file');
    const others = ['.file.json.0123456789ab.tmp', '.file.tmp', '.other.0123456789ab.tmp'];
    for (const name of ['.file.0123456789ab.tmp', '.file.ba9876543210.tmp', ...others])
      writeFileSync(join(folder, name), '');
    writeFileAtomic(path, 'one');
    expect(readdirSync(folder)).toHaveLength(6);
    writeFileAtomic(path, 'two', { sole: true });
    expect(readdirSync(folder).sort()).toEqual([...others, 'file'].sort());
    expect(readFileSync(path, 'utf8')).toBe('two');
  });

  it('leaves the old content and nothing beside it when it fails', () => {
    mkdirSync(join(folder, 'taken'));
    writeFileSync(join(folder, 'taken', 'x'), '');
    expect(() => writeFileAtomic(join(folder, 'taken'), 'text')).toThrow(
      expect.objectContaining({ code: 'PJ5071', message: expect.stringMatching(/EISDIR|ENOTEMPTY|EEXIST/) }),
    );
    expect(readdirSync(folder)).toEqual(['taken']);
    expect(() => writeFileAtomic(join(folder, 'none', 'x'), 'text')).toThrow(/ENOENT/);
  });
});

describe('hostFacts', () => {
  it('tells what this host has', () => {
    const facts = hostFacts();
    expect(facts.cpus).toBeGreaterThanOrEqual(1);
    expect(facts.memory).toBeGreaterThan(64 << 20);
    expect(facts.kernel).toBe(readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim());
    expect(facts.isRoot).toBe(process.geteuid?.() === 0);
    expect(['v1', 'v2', 'hybrid', 'none']).toContain(facts.cgroups.version);
  });
});
