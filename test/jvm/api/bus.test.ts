import { describe, expect, it } from 'vitest';
import { javaHomes } from '../../support/java-host.ts';
import { withApps } from './with-apps.ts';

describe.each(javaHomes())('the bus between applications of one JVM, Java $feature', (jdk) => {
  const at = withApps(jdk);

  it('delivers on the threads of who subscribed, in order, to all that match', async () => {
    await at.start('all', 'app.Listen', ['orders.*', '1000', 'say']);
    await at.start('one', 'app.Listen', ['orders.new', '1000', 'say']);
    await at.start('other', 'app.Listen', ['bills.*', '1000', 'say']);
    expect(await at.job('sender', 'app.Send', ['count', 'orders.new', '50'])).toBe('delivered 100 dropped 0 fast\n');
    const expected = ['listening', ...Array.from({ length: 50 }, (_, i) => `mine orders.new from sender: ${i}`), ''];
    for (const id of ['all', 'one']) {
      await at.printed(id, ': 49\n');
      expect(at.host.out(id).split('\n')).toEqual(expected);
    }
    expect(at.host.out('other')).toBe('listening\n');
    for (const id of ['all', 'one', 'other']) expect(await at.gone(id)).toMatchObject({ leak: null });
    expect(await at.job('alone', 'app.Send', ['count', 'orders.new', '2'])).toBe('delivered 0 dropped 0 fast\n');
  });

  it('refuses what others could not see, and copies what could change', async () => {
    await at.start('kinds', 'app.Listen', ['kinds', '1000', 'say']);
    const lines = (await at.job('sender-kinds', 'app.Send', ['kinds', 'kinds'])).split('\n');
    expect(lines.slice(0, 4)).toEqual(Array(4).fill('Published[delivered=1, dropped=0]'));
    expect(lines[4]).toBe(
      "ForeignClassException sender-kinds can't send a app.Send$Order: its class is of the application's own class path, which no other application sees. " +
        "Send String, byte[], numbers, List or Map, or put the class on the class path of the host JVM (jvm.classpath) instead of the application's",
    );
    expect(lines[5]).toContain("ForeignClassException sender-kinds can't send a app.Send$Order");
    expect(lines[6]).toContain("ForeignClassException sender-kinds can't send a [Lapp.Send$Order;");
    expect(lines[7]).toContain("IllegalArgumentException a message can't hold a java.util.Date: only String");
    expect(lines[8]).toContain("ForeignClassException sender-kinds can't send a app.Send$$Lambda");
    expect(lines[9]).toContain('nested 64 deep');
    expect(lines[10]).toContain('IllegalArgumentException not a topic: "a.*"');
    expect(lines[11]).toContain('IllegalArgumentException not a topic: "a..b"');
    expect(lines[12]).toBe('Published[delivered=1, dropped=0]');
    expect(lines[13]).toMatch(/^IllegalArgumentException a message can't hold a \S*Proxy\d+: only String/);
    expect(lines[14]).toContain("ForeignClassException sender-kinds can't send a app.Send$Order");
    await at.printed('kinds', 'Price');
    expect(at.host.out('kinds').split('\n').slice(1, -1)).toEqual([
      'mine kinds from sender-kinds: null',
      'mine kinds from sender-kinds: [1, 2]',
      'mine kinds from sender-kinds: [a, 1, {k=2.5}]',
      'mine kinds from sender-kinds: Optional[1970-01-01T00:00:00Z]',
      'mine kinds from sender-kinds: Price[of=x, amount=5]',
    ]);
  });

  it('goes past a subscriber that is slow, and one that throws', async () => {
    await at.start('stuck', 'app.Listen', ['load', '10', 'sleep']);
    await at.start('thrower', 'app.Listen', ['load', '1000', 'throw']);
    await at.start('good', 'app.Listen', ['load', '1000', 'say']);
    const said = await at.job('loader', 'app.Send', ['count', 'load', '50']);
    // One may be at work already when ten wait.
    expect(said).toMatch(/^delivered 11[01] dropped (39|40) fast\n$/);
    await at.printed('good', ': 49\n');
    await at.printed('thrower', ': 49\n');
    expect(at.host.err('thrower')).toContain(
      'pj: subscription to load threw on a message of topic load: \njava.lang.IllegalStateException: no 49\n\tat app.Listen.handle(',
    );
    expect(at.host.out('stuck')).toBe('listening\nmine load from loader: 0\n');
    // The handler's sleep is interrupted, and nothing of it stays.
    expect(await at.gone('stuck')).toMatchObject({ leak: null });
    // In one line or two: the first may be told while more are sent.
    const told = [
      ...at.host.err('stuck').matchAll(/pj: (\d+) message\(s\) on load were dropped, as 10 waited already/g),
    ];
    expect([39, 40]).toContain(told.reduce((sum, [, count]) => sum + Number(count), 0));
    expect(at.host.err('stuck')).not.toContain('InterruptedException');
  });

  it('brings one answer to who asks, or says why there is none', async () => {
    const ask = (name: string, topic: string, ms = 30_000): Promise<string> =>
      at.job(name, 'app.Send', ['request', topic, String(ms)]);
    await at.start('answers', 'app.Listen', ['ask', '10', 'reply']);
    expect(await ask('asks', 'ask')).toBe('answer re: how\n');
    await at.printed('answers', 'replied true again false');
    expect(await ask('asks-nobody', 'nobody')).toBe(
      'io.pj.api.NoReplyException: nobody answers the request on nobody: nobody subscribes\n',
    );
    await at.start('mute', 'app.Listen', ['mute', '10', 'say']);
    expect(await ask('asks-mute', 'mute', 100)).toBe(
      'java.util.concurrent.TimeoutException: no reply to the request on mute within 100 ms\n',
    );
    await at.start('fails', 'app.Listen', ['fails', '10', 'throw']);
    expect(await ask('asks-fails', 'fails')).toBe(
      'io.pj.api.NoReplyException: nobody answers the request on fails: fails threw java.lang.IllegalStateException: no how\n',
    );
    await at.start('foreign', 'app.Listen', ['foreign', '10', 'foreign']);
    expect(await ask('asks-foreign', 'foreign')).toContain("answer foreign can't send a app.Listen$Own");
    await at.start('busy', 'app.Listen', ['busy', '1', 'sleep']);
    await at.job('fill', 'app.Send', ['count', 'busy', '1']);
    await at.printed('busy', 'from fill');
    await at.job('fill-more', 'app.Send', ['count', 'busy', '1']);
    expect(await ask('asks-busy', 'busy')).toContain('1 subscription(s) have a full queue');
  });

  it('is refused by name to who has not asked for it', async () => {
    const app = at.call('silent', 'app.Listen', ['a', '1', 'say'], { messaging: false });
    await at.host.call('deploy', { app });
    await at.host.call('start', { app, run: 'r' }).catch(() => undefined);
    await at.host.until('silent', (state) => state.phase === 'failed');
    expect(at.host.err('silent')).toContain(
      'java.lang.IllegalStateException: silent may not use the message bus: its descriptor does not say java.enableMessaging: true',
    );
  });
});
