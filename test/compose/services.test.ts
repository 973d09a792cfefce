import { describe, expect, it } from 'vitest';
import { converted, web } from './ground.ts';

describe('commands', () => {
  it('are split as a shell would split them, and lists stay', async () => {
    const { container } = await web(`command: echo 'a b' "c \\"d" e\\ f ""\nentrypoint: ["/bin/x", "a b"]`);
    expect(container).toMatchObject({ command: ['echo', 'a b', 'c "d', 'e f', ''], entrypoint: ['/bin/x', 'a b'] });
  });

  it('keep an empty entry point, which takes away that of the image', async () => {
    for (const empty of ['[]', '""'])
      expect((await web(`entrypoint: ${empty}\ncommand: x`)).container).toMatchObject({ entrypoint: [] });
  });

  it('with an open quote are refused with their place', async () => {
    const { errors } = await converted('services:\n  web:\n    image: a\n    command: echo "x\n');
    expect(errors).toMatchObject([{ code: 'PJ1074', places: [{ file: 'compose.yaml', line: 4, column: 14 }] }]);
  });

  it('with secrets leave them to a shell in the container', async () => {
    const { container, descriptor, notes } = await web('command: redis-server --requirepass ${REDIS_PASSWORD}');
    expect(container['command']).toEqual(['sh', '-c', 'exec redis-server --requirepass "$REDIS_PASSWORD"']);
    expect(descriptor['env']).toEqual({ REDIS_PASSWORD: '${secret.REDIS_PASSWORD}' });
    expect(notes.join('\n')).toContain('everybody can read a command line');
  });
});

describe('secrets that stand in a command line as they are', () => {
  it.each([
    [
      'redis-server --requirepass hunter2 --save 60',
      ['sh', '-c', 'exec redis-server --requirepass "$REQUIREPASS" --save 60'],
    ],
    ['x --db-password=hunter2', ['sh', '-c', 'exec x --db-password="$DB_PASSWORD"']],
    ['x postgres://app:hunter2@db/x', ['sh', '-c', 'exec x postgres://app:"$PASSWORD"@db/x']],
    [`sh -c 'PGPASSWORD=hunter2 psql'`, ['sh', '-c', 'PGPASSWORD=$${PGPASSWORD} psql']],
    [`sh -c 'mysqladmin ping -phunter2 -u root'`, ['sh', '-c', 'mysqladmin ping -p$${MYSQL_PASSWORD} -u root']],
    [
      'x --token-ttl 5 --tls-key server.key --secret-file /x',
      ['x', '--token-ttl', '5', '--tls-key', 'server.key', '--secret-file', '/x'],
    ],
    [
      'mysqld --default-authentication-plugin=mysql_native_password',
      ['mysqld', '--default-authentication-plugin=mysql_native_password'],
    ],
    [`sh -c 'x --password "$$PW" -p'`, ['sh', '-c', 'x --password "$PW" -p']],
  ])('%s', async (command, expected) => {
    const { container, descriptor, all } = await web(
      `command: ${JSON.stringify(command)}\nhealthcheck: { test: ${JSON.stringify(command)} }`,
    );
    expect(container['command']).toEqual(expected);
    expect(JSON.stringify([descriptor, all.notes, all.secrets])).not.toContain('hunter2');
  });
});

it('a secret of a command line is the one of the environment where it is the same, and another where it is not', async () => {
  const { descriptor } = await web(
    'environment: { MYSQL_PASSWORD: app1, MYSQL_ROOT_PASSWORD: root1 }\nhealthcheck: { test: mysqladmin ping -proot1 }\ncommand: x --mysql_password=other1',
  );
  expect(descriptor).toMatchObject({
    container: { command: ['sh', '-c', 'exec x --mysql_password="$web_MYSQL_PASSWORD"'] },
    env: {
      MYSQL_PASSWORD: '${secret.MYSQL_PASSWORD}',
      MYSQL_ROOT_PASSWORD: '${secret.MYSQL_ROOT_PASSWORD}',
      web_MYSQL_PASSWORD: '${secret.web_MYSQL_PASSWORD}',
    },
    healthCheck: { command: ['/bin/sh', '-c', 'mysqladmin ping -p$${MYSQL_ROOT_PASSWORD}'] },
  });
});

describe('environment', () => {
  it.each([
    'environment: [A=1, "B=x=y", EMPTY=, FROM_ENV, FROM_OUTSIDE]',
    'environment: { A: 1, B: x=y, EMPTY: "", FROM_ENV: , FROM_OUTSIDE: }',
  ])('is a list or a map: %s', async (lines) => {
    const { descriptor } = await web(lines, { files: { '.env': 'FROM_ENV=dot' } });
    expect(descriptor['env']).toEqual({
      A: '1',
      B: 'x=y',
      EMPTY: '',
      FROM_ENV: 'dot',
      FROM_OUTSIDE: '${env.FROM_OUTSIDE:-}',
    });
  });

  it('keeps what looks like a secret out, and says where it is', async () => {
    const { descriptor, all } = await web(
      [
        'environment:',
        '  DB_PASSWORD: ${DB_PASSWORD}',
        '  TOKEN: ${SOME_VARIABLE:-fallback-value}',
        '  API_KEY: literal-value',
        '  URL: http://me:topsecret@host/',
        '  DSN: postgres://app:${DB_PASSWORD}@db/x',
        '  MIXED: a-${DB_PASSWORD}-b',
        '  PASSWORD_FILE: /run/secrets/x',
        '  ALLOW_EMPTY_PASSWORD: "yes"',
        '  LOOKUP: ${LOOKUP}',
        'labels: { traefik.auth.password: literal-too }',
      ].join('\n'),
      { files: { '.env': 'DB_PASSWORD=value-of-env\nLOOKUP=mysql://u:inside@h' } },
    );
    expect(descriptor['env']).toEqual({
      DB_PASSWORD: '${secret.DB_PASSWORD}',
      TOKEN: '${secret.SOME_VARIABLE}',
      API_KEY: '${secret.API_KEY}',
      URL: '${secret.URL}',
      DSN: 'postgres://app:${secret.DB_PASSWORD}@db/x',
      MIXED: 'a-${secret.DB_PASSWORD}-b',
      PASSWORD_FILE: '/run/secrets/x',
      ALLOW_EMPTY_PASSWORD: 'yes',
      LOOKUP: '${secret.LOOKUP}',
    });
    expect(all.secrets).toMatchObject([
      { name: 'DB_PASSWORD', from: '.env', place: { line: 5 } },
      { name: 'LOOKUP', from: '.env' },
      { name: 'SOME_VARIABLE', from: 'the Compose file' },
      { name: 'API_KEY', from: 'the Compose file' },
      { name: 'URL', from: 'the Compose file' },
      { name: 'traefik_auth_password', from: 'the Compose file' },
    ]);
    const written = JSON.stringify([[...all.descriptors], all.notes, all.secrets]);
    for (const value of ['value-of-env', 'fallback-value', 'literal-value', 'topsecret', 'inside', 'literal-too'])
      expect(written).not.toContain(value);
  });

  it('gives two values of one name two secrets, and one value one', async () => {
    const service = (name: string, value: string): string =>
      `  ${name}: { image: a, environment: { DB_PASSWORD: ${value} } }\n`;
    const { descriptors } = await converted(
      `services:\n${service('a', 'one')}${service('b', 'two')}${service('c', 'one')}`,
    );
    const of = (id: string) =>
      (descriptors.get(`${id}.yaml`)?.['env'] as Record<string, string> | undefined)?.['DB_PASSWORD'];
    expect([of('a'), of('b'), of('c')]).toEqual([
      '${secret.DB_PASSWORD}',
      '${secret.b_DB_PASSWORD}',
      '${secret.DB_PASSWORD}',
    ]);
  });

  it('takes env files, and says how pj reads them otherwise', async () => {
    const { container, notes } = await web(
      'env_file:\n  - a.env\n  - { path: ./b.env, required: false }\n  - { path: gone.env, required: false }',
      { files: { 'a.env': 'A=1\n', 'b.env': 'B="quoted"\nexport C=1\n' } },
    );
    expect(container['envFile']).toEqual(['./a.env', './b.env']);
    expect(notes).toEqual([
      'services.web.env_file[1]: line 2 of it is no NAME=VALUE, which pj refuses',
      'services.web.env_file[1]: pj takes the values of B as they stand, quotes and all',
      'services.web.env_file[2]: this optional file is not there, and was left out',
    ]);
  });
});

describe('ports', () => {
  it('in every short and long form', async () => {
    const { container, notes } = await web(
      `ports:\n${[
        '8080:80',
        '"3000"',
        '"3000-3002"',
        '"9000-9001:9000-9001/udp"',
        '127.0.0.1:5432:5432',
        '"127.0.0.1::5000"',
        '"[::1]:6000:6000"',
        '"6060:6060/tcp"',
        '{ target: 80, published: 8081 }',
        '{ target: 53, published: "5353", protocol: udp, host_ip: 127.0.0.1, mode: host, name: dns, app_protocol: dns }',
        '{ target: 81 }',
        '"8100-8200:82"',
      ]
        .map((one) => `  - ${one}`)
        .join('\n')}`,
    );
    expect(container['ports']).toEqual([
      '8080:80',
      '3000',
      '3000-3002',
      '9000-9001:9000-9001/udp',
      '127.0.0.1:5432:5432',
      '127.0.0.1::5000',
      '[::1]:6000:6000',
      '6060:6060',
      { container: 80, host: 8081 },
      { container: 53, host: 5353, hostIp: '127.0.0.1', protocol: 'udp' },
      { container: 81 },
      '8100:82',
    ]);
    expect(notes.map((note) => note.split(':')[0])).toEqual([
      'services.web.ports[9].mode',
      'services.web.ports[9].name',
      'services.web.ports[9].app_protocol',
      'services.web.ports[11]',
    ]);
  });

  it('that are none are refused', async () => {
    const { errors } = await converted('services:\n  web: { image: a, ports: ["eighty:80", { published: 1 }] }\n');
    expect(errors.map(({ code }) => code)).toEqual(['PJ1074', 'PJ1074']);
  });
});

describe('mounts', () => {
  it('in every short and long form', async () => {
    const { descriptor, notes, all } = await web(
      `volumes:\n${[
        'data:/data',
        'data:/again:ro',
        './conf:/conf:ro,z',
        '/abs:/abs',
        '/anonymous',
        '{ type: bind, source: ./made, target: /made, read_only: true, bind: { create_host_path: false, propagation: rshared } }',
        '{ type: volume, source: data, target: /long, volume: { nocopy: true, subpath: a } }',
        '{ type: tmpfs, target: /t, tmpfs: { size: 1048576, mode: 755 } }',
        '{ type: npipe, source: a, target: b }',
      ]
        .map((one) => `  - ${one}`)
        .join('\n')}\ntmpfs: [/run, "/tmp:size=64m,noexec"]`,
      { files: { 'conf/a.yaml': '' }, top: 'volumes: { data: }' },
    );
    expect(descriptor['volumes']).toEqual([
      { name: 'data', path: '/data' },
      { name: 'data', path: '/again', readOnly: true },
      { source: './conf', path: '/conf', type: 'bind', readOnly: true },
      { source: '/abs', path: '/abs', type: 'bind' },
      { path: '/anonymous', type: 'ephemeral' },
      { source: './made', path: '/made', type: 'bind', readOnly: true },
      { name: 'data', path: '/long' },
      { path: '/t', type: 'tmpfs', size: '1MiB' },
      { path: '/run', type: 'tmpfs' },
      { path: '/tmp', type: 'tmpfs', size: '64MiB' },
    ]);
    expect(notes.map((note) => note.split(/: /)[0])).toEqual([
      'services.web.volumes[2]',
      'services.web.volumes[3]',
      'services.web.volumes[4]',
      'services.web.volumes[5].bind.propagation',
      'services.web.volumes[6].volume.nocopy',
      'services.web.volumes[6].volume.subpath',
      'services.web.volumes[7].tmpfs.mode',
      'services.web.volumes[8]',
      'services.web.tmpfs[1]',
    ]);
    expect(all.files.some((file) => file.endsWith('/conf'))).toBe(true);
  });

  it('of secrets and configs that are files are binds; others are listed', async () => {
    const { descriptor, notes } = await web(
      'secrets: [a, { source: b, target: c, mode: 0400 }]\nconfigs: [{ source: f, target: /f }]',
      {
        top: 'secrets: { a: { file: ./a.txt }, b: { environment: B } }\nconfigs: { f: { file: f.conf } }',
      },
    );
    expect(descriptor['volumes']).toEqual([
      { source: './a.txt', path: '/run/secrets/a', type: 'bind', readOnly: true },
      { source: './f.conf', path: '/f', type: 'bind', readOnly: true },
    ]);
    expect(notes).toEqual([
      'services.web.secrets[1]: the secret b is no file of this host: it is not mounted',
      'services.web.secrets[1].mode: a file keeps the owner and rights that it has on this host',
    ]);
  });
});

describe('networks', () => {
  it('have the name of a container as an alias', async () => {
    const { container } = await web('container_name: old\nnetworks: { back: { aliases: [ x ] } }', {
      top: 'networks: { back: {} }',
    });
    expect(container['networks']).toEqual([{ name: 'back', aliases: ['web', 'old', 'x'] }]);
  });

  it('without any, a service is in `default`, under its name', async () => {
    expect((await web('')).container['networks']).toEqual([{ name: 'default', aliases: ['web'] }]);
  });

  it('with aliases, addresses and what cannot be taken', async () => {
    const { container, notes, all } = await web(
      'networks:\n  front: { aliases: [www], ipv4_address: 10.1.0.5, ipv6_address: "fd00::5", mac_address: 02:42:ac:11:00:02, priority: 1, link_local_ips: [169.254.1.1] }\n  back:',
      {
        top: 'networks:\n  front: { driver: macvlan, driver_opts: { parent: eth0 }, enable_ipv6: true, ipam: { config: [{ subnet: 10.1.0.0/16, ip_range: 10.1.1.0/24 }, { subnet: "fd00::/64" }] } }\n  back: { external: true }\n  spare: { internal: true }',
      },
    );
    expect(container['networks']).toEqual([
      { name: 'front', aliases: ['web', 'www'], address: '10.1.0.5', address6: 'fd00::5', mac: '02:42:ac:11:00:02' },
      { name: 'back', aliases: ['web'] },
    ]);
    expect(all.descriptors.get('network.front.yaml')?.['network']).toEqual({
      driver: 'macvlan',
      ipv6: true,
      subnet: '10.1.0.0/16',
      ipRange: '10.1.1.0/24',
      options: { parent: 'eth0' },
    });
    expect(all.descriptors.get('network.back.yaml')?.['network']).toEqual({ external: true, name: 'back' });
    expect(notes.map((note) => note.split(/: /)[0])).toEqual([
      'services.web.networks.front.priority',
      'services.web.networks.front.link_local_ips',
      'networks.front.ipam.config',
      'networks.spare',
    ]);
  });

  it.each(['host', 'none', 'bridge'])('mode %s', async (mode) => {
    expect((await web(`network_mode: ${mode}`)).container).toMatchObject({ networkMode: mode });
  });

  it('of another service is listed', async () => {
    const { container, notes } = await web('network_mode: service:web');
    expect(container['networkMode']).toBeUndefined();
    expect(notes).toEqual([expect.stringContaining('cannot share the network of web')]);
  });

  it('that are not declared are refused, with the nearest name', async () => {
    const { errors } = await converted('services:\n  web: { image: a, networks: [frnt] }\nnetworks: { front: }\n');
    expect(errors).toMatchObject([
      { code: 'PJ1073', message: 'the network `frnt` is not declared; did you mean `front`?' },
    ]);
  });
});
