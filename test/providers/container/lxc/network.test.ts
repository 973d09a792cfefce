import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { WorkloadRecord } from '../../../../src/model/record.ts';
import type { Spec } from '../../../../src/model/spec.ts';

import { eventually } from '../../../agent/ground.ts';
import { needs } from '../../../engines/engines.ts';
import { runTool } from '../../../engines/guest/run-tool.ts';
import { fresh, freshSubnet } from '../api/engine-raw.ts';
import { context, lxcPlay } from './play.ts';

const SERVES = 'echo hello > /tmp/index.html; exec httpd -f -p 8080 -h /tmp';
const WAITS = 'trap "exit 0" TERM; while :; do sleep 0.05; done';

needs('lxc')('networks of containers on LXC', ({ lxc }) => {
  const play = lxcPlay(lxc);
  const { shell, running, exec, target, provider, findings } = play;
  afterAll(() => play.ground.clear());
  const fetched = (url: string): string =>
    execFileSync(
      'curl',
      ['-sS', '--max-time', '5', '--retry', '10', '--retry-connrefused', '--retry-delay', '1', url],
      {
        encoding: 'utf8',
      },
    );
  const made = async (id: string, network: Spec['network']) => {
    const spec = { network: { runtime: 'lxc' as const, name: fresh('net'), ...network } };
    const { attributes, handle } = await provider('network').create(target(id, spec), context);
    return { spec, attributes, handle, name: spec.network.name, bridge: String(attributes['bridge']) };
  };

  it('gives a container an address on LXC’s own bridge, and gives it back', async () => {
    const spec = shell(SERVES);
    const one = await running('plain', spec);
    expect(one.attributes['address']).toMatch(/^10\.0\.3\./);
    expect(fetched(`http://${String(one.attributes['address'])}:8080/index.html`)).toBe('hello\n');
    const claims = join(play.ground.path, '..', 'pj-networks', `@${lxc.bridge}`, 'addresses');
    expect(readdirSync(claims)).toEqual([one.attributes['address']]);
    await provider().destroy(target('plain', spec, one.handle), { destroyVolumes: false }, context);
    expect(readdirSync(claims)).toEqual([]);
  });

  it('lets containers of a network find each other by name, whoever comes first', async () => {
    const { subnet, prefix } = freshSubnet();
    const net = await made('net', { name: fresh('net'), subnet });
    const web = shell(SERVES, { networks: [{ name: net.name, aliases: ['www'], address: `${prefix}.77` }] });
    const asks = shell(WAITS, { networks: [{ name: net.name }] });
    const asking = await running('asking', asks);
    // Debian's static busybox cannot use its own wget.
    const answers = async (name: string) => (await exec(asking, ['/bin/ping', '-c1', '-W2', name])).code;
    expect(await answers('www')).not.toBe(0);
    const serving = await running('web', web);
    expect(serving.attributes).toMatchObject({ address: `${prefix}.77`, addresses: { [net.name]: `${prefix}.77` } });
    for (const name of ['www', 'web', `${play.project}-web`]) expect([name, await answers(name)]).toEqual([name, 0]);
    await expect(
      provider().create(
        target('second', shell(WAITS, { networks: [{ name: net.name, address: `${prefix}.77` }] })),
        context,
      ),
    ).rejects.toThrow(/web has the address/);
    const destroy = () =>
      provider('network').destroy(target('net', net.spec, net.handle), { destroyVolumes: false }, context);
    await expect(destroy()).rejects.toThrow(/used by/);
    await provider().destroy(target('web', web, serving.handle), { destroyVolumes: false }, context);
    expect((await exec(asking, ['/bin/cat', '/etc/hosts'])).stdout).not.toContain('www');
    await provider().destroy(target('asking', asks, asking.handle), { destroyVolumes: false }, context);
    await destroy();
    expect(existsSync(`/sys/class/net/${net.bridge}`)).toBe(false);
    expect(await runTool('iptables', ['-S'], '/', 30_000)).not.toContain(net.bridge);
  });

  it('brings the bridge back after a boot, with the container or by itself', async () => {
    const net = await made('boot', { name: fresh('net'), internal: true });
    const spec = shell(WAITS, { networks: [{ name: net.name }] });
    const { handle } = await provider().create(target('boots', spec), context);
    await runTool('ip', ['link', 'del', 'dev', net.bridge], '/', 30_000);
    const found = await provider('network').find(play.identity('boot'), context);
    expect(found).toMatchObject({ status: 'stopped', whole: true });
    const started = await provider().start(target('boots', spec, handle), context);
    expect(started.attributes['address']).toMatch(/^10\.209\./);
    expect(await provider('network').find(play.identity('boot'), context)).toMatchObject({ status: 'running' });
    // What a kill has left half-made, made whole by its start.
    await runTool('ip', ['addr', 'flush', 'dev', net.bridge], '/', 30_000);
    await runTool('ip', ['link', 'set', 'dev', net.bridge, 'alias', ''], '/', 30_000);
    expect(await provider('network').find(play.identity('boot'), context)).toMatchObject({ status: 'stopped' });
    await provider('network').start(target('boot', net.spec, net.handle), context);
    expect(await runTool('ip', ['-4', '-o', 'addr', 'show', 'dev', net.bridge], '/', 30_000)).toContain('inet 10.209.');
  });

  it('lets nobody of another network into an inner one, whichever came first', async () => {
    const inner = await made('inner', { name: fresh('net'), internal: true });
    const outer = await made('outer', { name: fresh('net') });
    const serving = await running('serves', shell(SERVES, { networks: [{ name: inner.name }] }));
    const asks = (from: WorkloadRecord) =>
      exec(from, ['/bin/nc', '-w', '2', String(serving.attributes['address']), '8080', '-e', '/bin/true']);
    const beside = await running('beside', shell(WAITS, { networks: [{ name: inner.name }] }));
    await eventually('it serves', async () => ((await asks(beside)).code === 0 ? true : undefined));
    const outside = await running('outside', shell(WAITS, { networks: [{ name: outer.name }] }));
    expect((await asks(outside)).code).not.toBe(0);
  });

  it('shares the network of the host, or has none', async () => {
    const host = await running('host', shell(WAITS, { networkMode: 'host' }));
    expect((await exec(host, ['/bin/ip', 'addr'])).stdout).toContain(lxc.bridge);
    const none = await running('none', shell(WAITS, { networkMode: 'none' }));
    const links = (await exec(none, ['/bin/ip', '-o', 'link'])).stdout.trim().split('\n');
    expect(links.length).toBe(1);
    expect(none.attributes['address']).toBeUndefined();
  });

  it('makes many at once with an address each', async () => {
    const ids = Array.from({ length: 8 }, (_, i) => `many${i}`);
    const begun = await Promise.all(ids.map((id) => running(id, shell(WAITS))));
    expect(new Set(begun.map(({ attributes }) => attributes['address'])).size).toBe(8);
  });

  it('says what LXC cannot do', async () => {
    const spec = shell(WAITS, { ports: [{ container: 80, host: 8080 }], gpus: 'all', tty: true, init: false });
    const said = (await findings({ ...spec, restart: { policy: 'always' }, healthCheck: { type: 'engine' } })).join(
      '\n',
    );
    for (const path of [
      '/container/ports/0',
      '/container/gpus',
      '/container/tty',
      '/container/init',
      '/healthCheck/type',
    ])
      expect(said).toContain(`error ${path}: `);
    expect(said).not.toContain('/restart/policy');
    const { restart: _, ...unset } = shell(WAITS);
    expect(await findings(unset)).toEqual([
      expect.stringContaining('warning /restart/policy: LXC starts nothing again by itself'),
    ]);
    expect(await findings(shell(WAITS))).toEqual([]);
    expect(await findings(shell('', { image: 'nowhere.tar' }))).toEqual([
      'error /container/image: /nowhere.tar is not there',
    ]);
  });
});
