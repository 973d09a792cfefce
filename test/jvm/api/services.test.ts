import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { javaHomes } from '../../support/java-host.ts';
import { withApps } from './with-apps.ts';

describe.each(javaHomes())('services of applications of one JVM, Java $feature', (jdk) => {
  const at = withApps(jdk);

  it('are called across loaders, by types that both see, and come and go', async () => {
    const go = join(at.dir, 'go');
    await at.start('use', 'app.Use', [go]);
    await at.start('offer', 'app.Offer', ['1']);
    await at.printed('use', 'kept');
    expect(at.host.out('offer').split('\n')).toEqual([
      'offer offers the service "upper" already',
      'a service is offered as a public interface, which app.Offer is not',
      'offered [own, quotes, upper] true',
      '',
    ]);
    expect(at.host.out('use').split('\n')).toEqual([
      'asking',
      'upper: X1',
      'quote: 5',
      'price: Price[of=a, amount=5]',
      'own exception: ServiceException app.Offer$OwnException: not that',
      'jdk exception: IllegalArgumentException not this',
      expect.stringMatching(
        /^own result: ForeignClassException offer can't pass a app.Offer\$Mine to use by Quotes.anything: /,
      ),
      expect.stringMatching(
        /^own argument: ForeignClassException use can't pass a app.Use\$Mine to offer by Quotes.anything: /,
      ),
      expect.stringMatching(
        /^own proxy: ForeignClassException use can't pass a \S*Proxy\d+ to offer by Quotes.anything: /,
      ),
      'jdk argument: java.lang.String',
      'told from offer in use',
      'call-back: done',
      'back: 5',
      expect.stringMatching(
        /^own type: ForeignClassException offer offers the service "own" as app.Offer\$Own of its own class path, .*jvm.classpath/,
      ),
      'other type: IllegalArgumentException the service "upper" is offered by offer as java.util.function.UnaryOperator, not as java.lang.Runnable',
      'none: Optional.empty',
      'taken: IllegalStateException the service "upper" is offered by offer already',
      'late: TimeoutException nobody offered the service "none" within 50 ms',
      'kept',
      '',
    ]);

    // The one who offers goes, though the other keeps all that it got.
    expect(await at.gone('offer')).toMatchObject({ leak: null });
    writeFileSync(`${go}1`, '');
    await at.printed('use', 'round 1');
    expect(at.host.out('use')).toContain(`upper 1: ServiceGoneException nobody offers the service "upper" now`);
    expect(at.host.out('use')).toContain('quote 1: ServiceGoneException an object of offer is gone');

    // Its successor is called by the same stand-ins.
    await at.start('offer', 'app.Offer', ['2'], { instance: 'second' });
    await at.printed('offer', 'offered');
    await until(
      async () => (await at.host.state('offer'))?.phase === 'running' && count(at.host.out('offer'), 'offered [') === 2,
    );
    writeFileSync(`${go}2`, '');
    await at.printed('use', 'round 2');
    expect(at.host.out('use')).toContain('upper 2: Y2');

    // While a second version runs beside the first, the later one is called; then the first goes.
    const app = at.call('offer', 'app.Offer', ['3'], { instance: 'second', digest: 'third' });
    await at.host.call('reload', { app, run: 'r3' });
    await until(async () => count(at.host.out('offer'), 'offered [') === 3);
    writeFileSync(`${go}3`, '');
    await at.printed('use', 'round 3');
    expect(at.host.out('use')).toContain('upper 3: Y3');
    expect(await at.gone('use')).toMatchObject({ leak: null });
    expect(await at.gone('offer')).toMatchObject({ leak: null });
  });

  it('hold no application that is undeployed, whatever it has left open and whoever has used it', async () => {
    await at.start('every', 'app.Everything', []);
    await at.start('keep', 'app.Keep', []);
    await at.printed('keep', 'kept here');
    await at.printed('every', 'got m');
    expect(await at.gone('every')).toMatchObject({ leak: null });
    const out = at.host.out('every');
    expect(out).toContain('stopped: Published[delivered=1, dropped=0] every');
    expect(out).toContain('task interrupted');
    expect(out).not.toContain('NEVER');
    expect(at.host.err('every')).toContain('pj: 1 task(s) that waited in its pool were dropped');
    expect(await at.gone('keep')).toMatchObject({ leak: null });
  });

  if (jdk.feature < 24)
    it('work under a security policy as without', async () => {
      const security = { reflection: false, networking: false, fileSystem: false, files: [], sockets: [] };
      const threadPool = { corePoolSize: 1, maxPoolSize: 2, queueCapacity: 1, keepAlive: 60 };
      const over = { key: 'every@1', security, threadPool };
      await at.start('every', 'app.Everything', [], { ...over, instance: 'bound' });
      await at.start('keep', 'app.Keep', [], { security, instance: 'bound' });
      await at.printed('keep', 'kept here');
      const out = await at.job('bound', 'app.Told', [], { security });
      expect(out).toContain('thread bound\n');
      expect(await at.job('bound-send', 'app.Send', ['count', 'every.new', '5'], { security })).toBe(
        'delivered 5 dropped 0 fast\n',
      );
      // What may not reflect is looked into all the same.
      const kinds = await at.job('bound-kinds', 'app.Send', ['kinds', 'kinds'], { security });
      expect(kinds.trimEnd().split('\n').at(-1)).toContain(
        "ForeignClassException bound-kinds can't send a app.Send$Order",
      );
      await at.printed('every', 'got 4');
      expect(await at.gone('every')).toMatchObject({ leak: null });
      expect(await at.gone('keep')).toMatchObject({ leak: null });
      expect(at.host.err('every') + at.host.err('keep')).not.toMatch(/Exception/);
    });

  it('and what else pj tells an application', async () => {
    const data = join(at.dir, 'data');
    mkdirSync(data);
    const out = await at.job('told', 'app.Told', ['data', 'none'], {
      volumes: [{ name: 'data', path: data, size: null }],
      properties: { 'shop.name': 'corner' },
    });
    expect(out).toContain(`id told
property corner otherwise ${jdk.feature}
config corner false
${join(data, 'seen')}
IllegalArgumentException told has no volume "none": it has data
UnsupportedOperationException null
Published[delivered=0, dropped=0]
`);
    expect(out).toContain('thread told\n');
    expect(out).toContain('common pool told\n');
    if (jdk.feature >= 21) expect(out).toContain('virtual told\n');
  });
});

const count = (text: string, part: string): number => text.split(part).length - 1;

async function until(check: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 30_000; !(await check()); ) {
    if (Date.now() > end) throw new Error('it did not get there');
    await new Promise((done) => setTimeout(done, 10));
  }
}
