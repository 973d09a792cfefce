import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openKeep } from '../../../src/agent/awake/keep-file.ts';

it('what could not be written is not written along with another part: its own stands by what was kept before', () => {
  const dir = mkdtempSync(join(tmpdir(), 'pj-keep-'));
  try {
    mkdirSync(join(dir, '.pj', 'agent'), { recursive: true });
    const keep = openKeep(dir);
    keep('health').write('before');
    const next = join(dir, '.pj', 'agent', 'awake.json.tmp');
    symlinkSync('/dev/full', next);
    expect(() => keep('health').write('begun')).toThrow(/ENOSPC/);
    rmSync(next);
    keep('drift').write('more');
    for (const one of [keep, openKeep(dir)])
      expect([one('health').read(), one('drift').read()]).toEqual(['before', 'more']);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});
