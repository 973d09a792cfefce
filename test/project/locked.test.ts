import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Event } from '../../src/model/event.ts';
import { withLock } from '../../src/project/locked.ts';
import { localStore } from '../../src/state/local.ts';
import { record } from '../state/samples.ts';
import { failure, type Opened, opened, sleeper, storeOf } from './ground.ts';

let here: Opened | undefined;
afterEach(async () => {
  await here?.pj.cleanUp();
  here = undefined;
});

const EXTERNAL = { 'db.yaml': 'applicationId: db\nexternal: { address: 192.0.2.1 }\n' };

describe('whatever goes wrong while the state is locked', () => {
  it('an audit that cannot be written is told, masks no result and keeps no lock', async () => {
    const o = opened(EXTERNAL);
    here = o;
    mkdirSync(join(o.pj.dir, '.pj/audit.ndjson'), { recursive: true });
    expect((await o.project.apply()).outcome).toBe('ok');
    expect(o.events).toContainEqual(
      expect.objectContaining({ type: 'diagnostic', severity: 'warning', code: 'PJ3021' }),
    );
    expect(await o.project.state.holder()).toBeUndefined();
    expect((await o.project.apply()).outcome).toBe('none');
  });

  it('the first error is the one that is thrown; one in closing is told, and the lock is given back', async () => {
    const o = opened({});
    here = o;
    const fault = (point: string): void => {
      if (point === 'snapshot.written') throw Object.assign(new Error('full'), { code: 'ENOSPC' });
    };
    const store = localStore({ dir: o.pj.dir, pjVersion: 'test', fault });
    const events: Event[] = [];
    const locking = {
      store,
      operation: 'test',
      lockTimeout: 0,
      emit: (event: Event) => void events.push(event),
      signal: new AbortController().signal,
    };
    const first = new Error('the first one');
    const thrown = await failure(
      withLock(locking, async (session) => {
        await session.put('a', record('a'));
        throw first;
      }),
    );
    expect(thrown).toBe(first);
    expect(events).toContainEqual(expect.objectContaining({ type: 'diagnostic', severity: 'error', code: 'PJ3020' }));
    expect(await store.holder()).toBeUndefined();
    expect(o.audit()).toEqual([expect.objectContaining({ operation: 'test', result: 'error PJ9001' })]);
    // What could not be folded in is still in the journal.
    expect(Object.keys((await storeOf(o.pj).load()).snapshot?.workloads ?? {})).toEqual(['a']);
  });

  it('an error in closing is thrown where there was none before', async () => {
    const o = opened({});
    here = o;
    const fault = (point: string): void => {
      if (point === 'snapshot.written') throw Object.assign(new Error('full'), { code: 'ENOSPC' });
    };
    const store = localStore({ dir: o.pj.dir, pjVersion: 'test', fault });
    const locking = {
      store,
      operation: 't',
      lockTimeout: 0,
      emit: () => undefined,
      signal: new AbortController().signal,
    };
    const thrown = await failure(withLock(locking, (session) => session.put('a', record('a'))));
    expect(thrown).toMatchObject({ code: 'PJ3020' });
    expect(await store.holder()).toBeUndefined();
  });

  it('the audit says what came of every run, refused and declined ones too', async () => {
    const o = opened({ 'a.yaml': sleeper('a', 'lifecycle: { preventDestroy: true }\n') });
    here = o;
    await o.project.apply({ approve: async () => false });
    await o.project.apply();
    await o.project.stop(['a']);
    expect(await failure(o.project.destroy())).toMatchObject({ code: 'PJ2090', exitCode: 5 });
    const digest = expect.stringMatching(/^sha256:/);
    expect(o.audit().map(({ operation, result, planDigest }) => [operation, result, planDigest])).toEqual([
      ['apply', 'declined', digest],
      ['apply', 'ok', digest],
      ['stop a', 'ok', digest],
      ['destroy', 'error PJ2090', digest],
    ]);
    o.pj.write({ 'a.yaml': sleeper('a') });
    await o.project.apply();
  });
});
