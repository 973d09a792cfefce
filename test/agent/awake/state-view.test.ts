import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { StateView } from '../../../src/agent/awake/state-view.ts';
import { localStore } from '../../../src/state/local.ts';
import { runningRecord } from '../../support/records.ts';

it('tells when the look began that it is of: not of one that only found that another run is at work', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'pj-view-'));
  try {
    const store = localStore({ dir, pjVersion: '0.1.0' });
    const { signal } = new AbortController();
    const view = new StateView(dir, '0.1.0');
    const session = await store.open({ operation: 'apply', lockTimeout: 0, emit: () => undefined, signal });
    await view.look(1_000);
    expect([view.lookedAt, view.busy, view.watched.size]).toEqual([1_000, true, 0]);
    const spec = { native: { command: 'x' } };
    const web = { id: 'web', kind: 'native', spec, handle: {}, attributes: {}, health: 'none' } as const;
    await session.put('web', runningRecord(web));
    // Its journal goes on: it is not read that often.
    await view.look(1_500);
    expect([view.lookedAt, view.watched.size]).toEqual([1_000, 0]);
    await session.close();
    await view.look(1_600);
    expect([view.lookedAt, view.busy, view.watched.size]).toEqual([1_600, false, 1]);
    await view.look(1_700);
    expect(view.lookedAt).toBe(1_700);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});
