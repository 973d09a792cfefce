import { describe, expect, it } from 'vitest';
import { load, one } from './project.ts';

describe('networks and volumes that containers use', () => {
  it('are made up where nobody describes them, and referred to', async () => {
    const { workloads, errors } = await load({
      'pj.yaml': 'name: shop\n',
      'a.yaml': `applicationId: web
container:
  image: nginx
  networks: [back, { name: front, aliases: [www] }]
  volumes: ["data:/data", "/scratch", "./conf:/conf:ro"]
volumes: [{ name: cache, path: /cache, type: ephemeral }]
`,
    });
    expect(errors).toEqual([]);
    expect(workloads.map(({ id, kind }) => `${id} ${kind}`)).toEqual([
      'network.back network',
      'network.front network',
      'volume.cache volume',
      'volume.data volume',
      'web container',
    ]);
    expect(one(workloads, 'network.back').spec).toEqual({ network: { name: 'shop_back' } });
    expect(one(workloads, 'volume.data').spec).toEqual({ volume: { name: 'shop_data', type: 'persistent' } });
    expect(one(workloads, 'volume.cache').spec).toEqual({ volume: { name: 'shop_cache', type: 'ephemeral' } });
    const web = one(workloads, 'web');
    expect(web.dependencies.map(({ id, source, condition }) => [id, source, condition])).toEqual([
      ['network.back', 'reference', 'started'],
      ['network.front', 'reference', 'started'],
      ['volume.cache', 'reference', 'started'],
      ['volume.data', 'reference', 'started'],
    ]);
    const nameOf = (id: string) => ({ $template: { parts: [{ workload: id, attribute: 'name' }], sensitive: false } });
    expect(web.spec.container?.networks).toEqual([
      { name: nameOf('network.back') },
      { name: nameOf('network.front'), aliases: ['www'] },
    ]);
    expect(web.spec.volumes?.map(({ name, path }) => [path, name])).toEqual([
      ['/cache', nameOf('volume.cache')],
      ['/data', nameOf('volume.data')],
      ['/scratch', undefined],
      ['/conf', undefined],
    ]);
  });

  it('are the described ones where there are such, by their ids', async () => {
    const { workloads, errors } = await load({
      'pj.yaml': 'name: shop\n',
      'net.yaml': 'applicationId: back\nnetwork: { subnet: 10.20.0.0/24 }\n',
      'vol.yaml': 'applicationId: archive\nvolume: { external: true }\n',
      'a.yaml': 'applicationId: web\ncontainer: { image: nginx, networks: [back], volumes: ["archive:/a"] }\n',
    });
    expect(errors).toEqual([]);
    expect(workloads.map(({ id }) => id)).toEqual(['archive', 'back', 'web']);
    expect(one(workloads, 'back').spec.network).toEqual({ subnet: '10.20.0.0/24', name: 'shop_back' });
    // What is external has the name that it is called by.
    expect(one(workloads, 'archive').spec.volume).toEqual({ external: true, name: 'archive' });
    expect(one(workloads, 'web').dependencies.map(({ id }) => id)).toEqual(['archive', 'back']);
  });

  it('are made on the runtime of who uses them, who must agree', async () => {
    const container = (id: string, runtime: string) =>
      `applicationId: ${id}\ncontainer: { image: nginx, runtime: ${runtime}, networks: [back] }\n`;
    const agreed = await load({ 'a.yaml': container('a', 'podman'), 'b.yaml': container('b', 'podman') });
    expect(agreed.errors).toEqual([]);
    expect(one(agreed.workloads, 'network.back').spec.network?.runtime).toBe('podman');
    const not = await load({ 'a.yaml': container('a', 'podman'), 'b.yaml': container('b', 'docker') });
    expect(not.errors.map(({ code, message }) => `${code} ${message}`)).toEqual([
      'PJ1048 the network `back` is used on two runtimes: `b` runs on docker, others on podman',
    ]);
  });

  it('give fixed addresses only of a subnet of their own, each once', async () => {
    const { errors } = await load({
      'net.yaml': `applicationId: back
network: { subnet: 10.20.0.0/24, gateway: 10.20.0.1 }
---
applicationId: outer
network: { external: true }
`,
      'a.yaml': `applicationId: a
container: { image: nginx, networks: [{ name: back, address: 10.20.0.5 }, { name: outer, address: 10.9.9.9 }] }
---
applicationId: b
container: { image: nginx, networks: [{ name: back, address: 10.20.0.5 }] }
---
applicationId: c
container: { image: nginx, networks: [{ name: back, address: 10.21.0.5 }, { name: front, address: 10.9.9.9 }] }
---
applicationId: d
container: { image: nginx, networks: [{ name: back, address: 10.20.0.1, address6: "fd00::5" }] }
`,
    });
    expect(errors.map(({ code, message }) => `${code} ${message}`)).toEqual([
      'PJ1050 `b` cannot have the address 10.20.0.5 in the network `back`: `a` has it, too',
      'PJ1050 `c` cannot have the address 10.21.0.5 in the network `back`: its subnet is 10.20.0.0/24',
      'PJ1050 `c` cannot have the address 10.9.9.9 in the network `network.front`: it has no `subnet` set, and in one that the engine chooses no address can be fixed',
      'PJ1050 `d` cannot have the address 10.20.0.1 in the network `back`: it is that of the gateway',
    ]);
  });

  it('have no keys of what runs', async () => {
    const { errors } = await load({
      'a.yaml': 'applicationId: back\nnetwork: {}\nenv: { A: b }\nrestart: { policy: always }\n',
    });
    expect(errors.map(({ code, message }) => `${code} ${message}`)).toEqual([
      'PJ1010 unknown key `env` in a descriptor of kind network',
      'PJ1010 unknown key `restart` in a descriptor of kind network',
    ]);
  });

  it('cannot be waited for to be completed', async () => {
    const { errors } = await load({
      'a.yaml': 'applicationId: back\nnetwork: {}\n',
      'b.yaml': 'applicationId: web\ncontainer: { image: nginx }\ndependencies: [{ id: back, condition: completed }]\n',
    });
    expect(errors.map(({ code }) => code)).toEqual(['PJ1044']);
  });
});

describe('containers that others wait for', () => {
  it('become jobs where they are to be completed, and go by the check of their image where they are to be healthy', async () => {
    const { workloads, errors } = await load({
      'a.yaml': `applicationId: migrate
container: { image: tool }
---
applicationId: db
container: { image: redis }
---
applicationId: web
container: { image: nginx }
dependencies: [{ id: migrate, condition: completed }, { id: db, condition: healthy }]
`,
    });
    expect(errors).toEqual([]);
    expect(one(workloads, 'migrate').spec.container?.type).toBe('job');
    expect(one(workloads, 'db').spec.healthCheck).toEqual({ type: 'engine' });
  });
});

describe('container.envFile', () => {
  it('gives names, never values: each is a secret whose source is its line', async () => {
    const { workloads, errors, config } = await load({
      'app.env': '# comment\nUSER=shop\nPASSWORD=hunter2-canary\n\nEMPTY=\n',
      'a.yaml': 'applicationId: web\ncontainer: { image: nginx, envFile: app.env }\nenv: { USER: other }\n',
    });
    expect(errors).toEqual([]);
    const { env } = one(workloads, 'web').spec;
    expect(Object.keys(env ?? {}).sort()).toEqual(['EMPTY', 'PASSWORD', 'USER']);
    expect(env?.['USER']).toBe('other');
    expect(env?.['PASSWORD']).toEqual({ $template: { parts: [{ secret: 'app.env#PASSWORD' }], sensitive: true } });
    expect(config.secrets['app.env#PASSWORD']).toEqual({ file: 'app.env', key: 'PASSWORD' });
    expect(JSON.stringify({ workloads, config })).not.toContain('hunter2');
  });

  it('tells of a file that is not there or holds something else', async () => {
    const { errors } = await load({
      'bad.env': 'A=1\nno assignment\n',
      'a.yaml': 'applicationId: web\ncontainer: { image: nginx, envFile: [missing.env, bad.env] }\n',
    });
    expect(errors.map(({ code, message }) => `${code} ${message}`)).toEqual([
      'PJ1049 the env file missing.env cannot be used: it is not there',
      'PJ1049 the env file bad.env cannot be used: line 2 is no NAME=VALUE',
    ]);
  });
});
