import { rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeBoot } from '../../../../src/agent/awake/boot/boot.ts';
import { noticeBoot, readBoot } from '../../../../src/agent/awake/boot/boots.ts';
import type { Part } from '../../../../src/agent/awake/contract.ts';
import { openKeep } from '../../../../src/agent/awake/keep-file.ts';
import { Ground, NOTHING } from '../drift/ground.ts';

let here: Ground;
beforeEach(() => {
  here = new Ground();
  here.add('a');
});
afterEach(() => here.clear());

const now = () => new Date(here.time);
const part = (): Part => {
  const made = makeBoot(here.awake());
  void made.begin?.();
  return made;
};
const reboot = (): ReturnType<typeof noticeBoot> => {
  openKeep(here.dir)('boot').write({ bootId: 'another' });
  return noticeBoot(here.dir, [], now);
};

describe('after a reboot', () => {
  it('is noticed once by the id of the boot, and stays to be done over the end of the agent', () => {
    expect(noticeBoot(here.dir, [], now)).toEqual({ pending: false, fresh: false });
    expect(noticeBoot(here.dir, [], now)).toEqual({ pending: false, fresh: false });
    expect(reboot()).toEqual({ pending: true, fresh: true });
    expect(noticeBoot(here.dir, [], now)).toEqual({ pending: true, fresh: false });
    for (const odd of [null, 1, {}, { bootId: 1 }]) expect(readBoot(odd)).toBeUndefined();
  });

  it('has all that should run brought up in one act, tells so once, and waits for whoever is at work', async () => {
    reboot();
    here.busy = true;
    const boot = part();
    await here.pass(boot, 5);
    expect([here.acts.length, boot.booting]).toEqual([0, true]);
    here.busy = false;
    await here.pass(boot, 5);
    expect(here.acts).toEqual([{ action: 'heal', ids: [], reason: 'reboot', safe: true }]);
    expect([here.types(), boot.booting]).toEqual([['rebooted'], false]);
    expect(part().booting).toBe(false);
  });

  it('tries again what failed, more and more seldom, and keeps nobody else from being watched; the next agent goes on with it', async () => {
    reboot();
    here.act = () =>
      Promise.resolve({ ...NOTHING, ok: false, failed: [{ id: 'a', code: 'PJ5101', message: 'no docker yet' }] });
    const first = part();
    expect(first.booting).toBe(true);
    await here.pass(first, 10);
    expect([here.acts.length, first.booting]).toEqual([3, false]);
    const next = part();
    here.act = () => Promise.resolve({ ...NOTHING, done: ['a'] });
    here.acts.length = 0;
    await here.pass(next, 70);
    expect(here.acts.map(({ ids }) => ids)).toEqual([[]]);
    expect([here.types(), next.booting]).toEqual([['rebooted'], false]);
  });

  it('tells of what needs somebody and goes on; gives up what never comes up', async () => {
    reboot();
    const failed = [{ id: 'a', code: 'PJ5302', message: 'secret token is not available here: run pj apply' }];
    here.act = () => Promise.resolve({ ...NOTHING, ok: false, failed });
    const boot = part();
    await here.pass(boot, 3);
    expect([here.types(), boot.booting]).toEqual([['rebooted', 'heal_failed a'], false]);
    reboot();
    here.act = () => Promise.reject(new Error('not there'));
    const other = part();
    await here.pass(other, 3_000);
    expect([here.types().slice(2), other.booting]).toEqual([['rebooted', 'heal_failed'], false]);
    expect(here.acts.length).toBe(31);
  });

  it('goes on where the disk is full: nothing that it cannot write ends the agent', async () => {
    reboot();
    symlinkSync('/dev/full', join(here.dir, '.pj', 'agent', 'awake.json.tmp'));
    here.act = () => Promise.reject(new Error('not there'));
    const boot = part();
    await here.pass(boot, 4);
    const tried = here.acts.length;
    expect(tried).toBeGreaterThan(1);
    here.act = () => Promise.resolve(NOTHING);
    await here.pass(boot, 10);
    expect(here.acts.length).toBe(tried + 1);
    await here.pass(boot, 100);
    expect(here.acts.length).toBe(tried + 1);
    expect(here.logged.join()).toContain('ENOSPC');
  });

  it('is noticed by the next agent where the disk was too full to note it down', () => {
    openKeep(here.dir)('boot').write({ bootId: 'another' });
    const next = join(here.dir, '.pj', 'agent', 'awake.json.tmp');
    symlinkSync('/dev/full', next);
    expect(noticeBoot(here.dir, [], now)).toEqual({ pending: false, fresh: false });
    rmSync(next);
    expect(noticeBoot(here.dir, [], now)).toEqual({ pending: true, fresh: true });
  });

  it('ends, and is not begun again, though the disk has become full meanwhile', async () => {
    reboot();
    const boot = part();
    symlinkSync('/dev/full', join(here.dir, '.pj', 'agent', 'awake.json.tmp'));
    await here.pass(boot, 30);
    expect([here.acts.length, boot.booting]).toEqual([1, false]);
  });
});
