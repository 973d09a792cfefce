import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AppState } from '../../../src/jvm/protocol.ts';
import { javaHomes } from '../../support/java-host.ts';
import { withHost } from './with-host.ts';

const MIB = 2 ** 20;
const WAITS = {
  'app.Waits': `package app;
public class Waits {
  public static void main(String[] args) throws Exception {
    System.out.println(System.getProperty("color"));
    Thread.sleep(Long.MAX_VALUE);
  }
}`,
};

const bytesOf = (state: AppState): (number | null)[] => state.volumes.map(({ bytes }) => bytes);
const lines = (text: string): string[] => text.split('\n').filter((line) => line.includes('more than its size'));

describe.each(javaHomes())('volumes that have a size, Java $feature', { timeout: 180_000 }, (jdk) => {
  const at = withHost(jdk, WAITS);
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'pj-volume-'));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  const app = (id: string, size: number | null, path = dir) =>
    at.app(id, 'app.Waits', { volumes: [{ name: 'data', path, size }] });
  const start = async (id: string, size: number | null) => at.host.call('start', { app: app(id, size), run: 'r1' });
  const file = (name: string, size: number) => {
    const bytes = Math.floor(size);
    mkdirSync(join(dir, name, '..'), { recursive: true });
    writeFileSync(join(dir, name), '');
    truncateSync(join(dir, name), bytes);
  };

  it('are measured as they grow and shrink; a crossing is told once, and again only after it was 5 % below', async () => {
    const { host } = at;
    file('deep/er/file', MIB);
    await start('grows', 10 * MIB);
    await host.until('grows', (state) => bytesOf(state)[0] === MIB);
    expect((await host.state('grows'))?.volumes).toEqual([{ name: 'data', bytes: MIB, size: 10 * MIB }]);
    const grow = async (size: number): Promise<void> => {
      const to = Math.floor(size);
      file('deep/er/file', to);
      await host.until('grows', (state) => bytesOf(state)[0] === to);
    };
    await grow(10 * MIB); // all of it, and no more
    expect(host.err('grows')).toBe('');
    await grow(10.5 * MIB);
    const says = 'volume data holds 10.5 MiB, more than its size of 10 MiB';
    await host.until('grows', () => host.err('grows') === `pj: ${says}\n`);
    expect(lines(host.stderr).filter((line) => line.endsWith(` grows@1: ${says}`))).toHaveLength(1);
    // To and fro at the border.
    await grow(9.8 * MIB);
    await grow(11 * MIB);
    expect(lines(host.err('grows'))).toHaveLength(1);
    await grow(9.4 * MIB);
    await grow(12 * MIB);
    await host.until('grows', () => lines(host.err('grows')).length === 2);
    expect(lines(host.err('grows'))[1]).toContain('holds 12 MiB');
  });

  it('count a file once by whatever names, follow no links, and may lose what is being counted', async () => {
    const { host } = at;
    const other = mkdtempSync(join(tmpdir(), 'pj-other-'));
    try {
      writeFileSync(join(other, 'big'), Buffer.alloc(5 * MIB));
      file('one', MIB);
      linkSync(join(dir, 'one'), join(dir, 'two'));
      symlinkSync(other, join(dir, 'folder'));
      symlinkSync(join(other, 'big'), join(dir, 'link'));
      symlinkSync('.', join(dir, 'round'));
      symlinkSync('nowhere', join(dir, 'dangling'));
      await start('links', 3 * MIB);
      await host.until('links', (state) => bytesOf(state)[0] === MIB);
      // Files that come and go the whole time.
      const end = Date.now() + 5_000;
      for (let i = 0; Date.now() < end; i++) {
        file(`busy/${i % 7}/${i}`, 10);
        if (i > 20) unlinkSync(join(dir, `busy/${(i - 20) % 7}/${i - 20}`));
        if (i % 10 === 0) await new Promise((done) => setTimeout(done, 1));
      }
      rmSync(join(dir, 'busy'), { recursive: true });
      await host.until('links', (state) => bytesOf(state)[0] === MIB);
      expect(host.err('links')).toBe('');
      expect(host.stderr).not.toContain('links@1');
      // The folder itself goes, and comes back.
      rmSync(dir, { recursive: true });
      await host.until('links', (state) => bytesOf(state)[0] === null);
      file('new', 7);
      await host.until('links', (state) => bytesOf(state)[0] === 7);
    } finally {
      rmSync(other, { recursive: true, force: true });
    }
  });

  it('are told of while it is deployed: with another size at once, without one no more, and never after it went', async () => {
    const { host } = at;
    file('full', 2 * MIB);
    await host.call('deploy', { app: app('sizes', MIB) });
    await host.until('sizes', (state) => bytesOf(state)[0] === 2 * MIB);
    // It has no log yet; what was found before is told when it has one.
    await host.call('start', { app: app('sizes', MIB), run: 'r1' });
    await host.until('sizes', () => host.err('sizes') === 'pj: volume data holds 2 MiB, more than its size of 1 MiB\n');
    const larger = await host.call('update', { app: app('sizes', 3 * MIB) });
    expect(larger.volumes).toEqual([{ name: 'data', bytes: 2 * MIB, size: 3 * MIB }]);
    expect((await host.call('update', { app: app('sizes', null) })).volumes).toEqual([]);
    await host.call('undeploy', { key: 'sizes@1', gracePeriod: 5 });
    const leak = await host.call('undeploy', { key: 'sizes@1', gracePeriod: 5 });
    expect(leak).toBeNull();
    expect(lines(host.err('sizes'))).toHaveLength(1);
  });

  it('large trees are measured, and the host answers meanwhile', async () => {
    const { host } = at;
    for (let folder = 0; folder < 15; folder++) {
      mkdirSync(join(dir, `d${folder}`));
      for (let i = 0; i < 1000; i++) writeFileSync(join(dir, `d${folder}`, `f${i}`), 'x');
    }
    await start('large', 100 * MIB);
    let slowest = 0;
    const state = await host.until(
      'large',
      (now) => {
        const began = performance.now();
        void host.call('hello', {}).then(() => (slowest = Math.max(slowest, performance.now() - began)));
        return bytesOf(now)[0] !== null;
      },
      60_000,
    );
    expect(bytesOf(state)).toEqual([15_000]);
    expect(slowest).toBeLessThan(2_000);
  });

  it('hold nothing of an application that was undeployed', async () => {
    const { host } = at;
    await start('gone', MIB);
    await host.until('gone', (state) => bytesOf(state)[0] === 0);
    expect(await host.call('undeploy', { key: 'gone@1', gracePeriod: 5 })).toMatchObject({ leak: null });
  });
});
