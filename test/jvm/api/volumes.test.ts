import { mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { AppState } from '../../../src/jvm/protocol.ts';
import { javaHomes } from '../../support/java-host.ts';
import { withApps } from './with-apps.ts';

// What is measured is the same on each JDK.
describe.each(javaHomes().slice(-1))('the size of volumes, Java $feature', (jdk) => {
  const at = withApps(jdk, { jvmArgs: ['-Dpj.volumes.pause=100'] });
  const bytes = (state: AppState): (number | null)[] => state.volumes.map((volume) => volume.bytes);
  const count = (text: string, part: string): number => text.split(part).length - 1;

  it('is measured where one is wanted, and told once when it is crossed', async () => {
    const [data, free] = [join(at.dir, 'data'), join(at.dir, 'free')];
    mkdirSync(join(data, 'deep/er'), { recursive: true });
    mkdirSync(free);
    writeFileSync(join(data, 'a'), Buffer.alloc(1000));
    writeFileSync(join(data, 'deep/er/b'), Buffer.alloc(500));
    // Neither a link nor what is behind it counts, and one that leads back does no harm.
    writeFileSync(join(at.dir, 'outside'), Buffer.alloc(9000));
    symlinkSync(join(at.dir, 'outside'), join(data, 'link'));
    symlinkSync(data, join(data, 'deep/round'));
    const volumes = [
      { name: 'data', path: data, size: 2000 },
      { name: 'free', path: free, size: null },
    ];
    await at.start('full', 'app.Pooled', ['fill', join(at.dir, 'never')], { volumes });
    const first = await at.host.until('full', (state) => bytes(state)[0] === 1500);
    expect(first.volumes).toEqual([{ name: 'data', bytes: 1500, size: 2000 }]);

    const over = `volume data has outgrown its size: 2001 of 2000 bytes`;
    const within = 'volume data is within its size again: ';
    const grown = async (to: number): Promise<void> => {
      writeFileSync(join(data, 'c'), Buffer.alloc(to - 1500));
      await at.host.until('full', (state) => bytes(state)[0] === to);
    };
    await grown(2000);
    expect(at.host.err('full')).toBe('');
    await grown(2001);
    // A little less is no news, nor is more.
    for (const size of [1990, 2500, 1905, 2200]) await grown(size);
    await grown(1800);
    await at.host.until('full', () => at.host.err('full').includes(within));
    expect(at.host.err('full')).toBe(`pj: ${over}\npj: ${within}1800 of 2000 bytes\n`);
    expect(count(at.host.stderr, `full@1: ${over} (${data})\n`)).toBe(1);
    expect(count(at.host.stderr, within)).toBe(1);
    await grown(3000);
    await at.host.until('full', () => count(at.host.err('full'), 'has outgrown its size') === 2);

    // A new size: what is known stays, and it is crossed anew.
    const app = (size: number) =>
      at.call('full', 'app.Pooled', ['fill', join(at.dir, 'never')], {
        volumes: [{ name: 'data', path: data, size }],
      });
    const larger = await at.host.call('update', { app: app(10_000) });
    expect(larger.volumes).toEqual([{ name: 'data', bytes: 3000, size: 10_000 }]);
    await at.host.call('update', { app: app(2500) });
    await at.host.until('full', () => at.host.err('full').includes('outgrown its size: 3000 of 2500 bytes'));

    rmSync(data, { recursive: true });
    await at.host.until('full', (state) => bytes(state)[0] === 0);
    expect(await at.gone('full')).toMatchObject({ leak: null });
  });

  it('takes its time for many files, and little of anybody else’s', async () => {
    const many = join(at.dir, 'many');
    for (let folder = 0; folder < 40; folder++) {
      mkdirSync(join(many, String(folder)), { recursive: true });
      for (let file = 0; file < 250; file++) writeFileSync(join(many, String(folder), String(file)), '12345');
    }
    // As long as it says it is, though nothing is written.
    writeFileSync(join(many, 'sparse'), '');
    truncateSync(join(many, 'sparse'), 1 << 30);
    const volumes = [{ name: 'many', path: many, size: 2 ** 40 }];
    await at.start('many', 'app.Pooled', ['fill', join(at.dir, 'never')], { volumes });
    await at.host.until('many', (state) => bytes(state)[0] === 50_000 + 2 ** 30, 20_000);
    const [before, from] = [(await at.host.call('sample', {})).cpuUsec, Date.now()];
    await new Promise((done) => setTimeout(done, 2_000));
    const used = (await at.host.call('sample', {})).cpuUsec - before;
    expect(used / 1000 / (Date.now() - from)).toBeLessThan(0.4);
    expect(await at.gone('many')).toMatchObject({ leak: null });
  });
});
