import { describe, expect, it } from 'vitest';
import { durationText, logSize, sizeText } from '../../src/compose/sizes.ts';
import { converted, web } from './ground.ts';

describe('dependencies', () => {
  const others = '  db: { image: a }\n  job: { image: a }\n';
  const of = async (depends: string) => {
    const { descriptors, errors, notes } = await converted(
      `services:\n${others}  web:\n    image: a\n${depends.replace(/^/gm, '    ')}\n`,
    );
    return { dependencies: descriptors.get('web.yaml')?.['dependencies'], errors, notes };
  };

  it('as a list wait for the start alone, as with Compose', async () => {
    expect((await of('depends_on: [db]')).dependencies).toEqual([{ id: 'db', condition: 'started' }]);
  });

  it('with conditions, restart and required', async () => {
    const { dependencies, notes } = await of(
      'depends_on:\n  db: { condition: service_healthy, restart: true }\n  job: { condition: service_completed_successfully, required: false }\n  gone: { condition: service_started, required: false }',
    );
    expect(dependencies).toEqual([
      { id: 'db', condition: 'healthy', restart: true },
      { id: 'job', condition: 'completed', optional: true },
    ]);
    expect(notes).toMatchObject([{ key: 'services.web.depends_on.gone' }]);
  });

  it('on what is no service are refused, with the nearest name and the place', async () => {
    const { errors } = await of('depends_on: [dbb]');
    expect(errors).toMatchObject([
      {
        code: 'PJ1072',
        message: '`web` depends on `dbb`, which is no service; did you mean `db`?',
        places: [{ file: 'compose.yaml', line: 6, column: 18 }],
      },
    ]);
    expect(errors[0]?.frames[0]).toContain('depends_on: [dbb]');
  });

  it('by links', async () => {
    const { dependencies, notes } = await of('links: ["db:database", job]');
    expect(dependencies).toEqual([
      { id: 'db', condition: 'started' },
      { id: 'job', condition: 'started' },
    ]);
    expect(notes).toMatchObject([{ what: 'the name `database` for db is not made' }]);
  });
});

describe('health checks', () => {
  const DEFAULTS = { interval: '30s', timeout: '30s', retries: 3, startPeriod: '0s' };
  it.each([
    ['test: curl -f localhost', { type: 'exec', command: ['/bin/sh', '-c', 'curl -f localhost'], ...DEFAULTS }],
    ['test: ["CMD", "true", "a b"]', { type: 'exec', command: ['true', 'a b'], ...DEFAULTS }],
    ['test: ["CMD-SHELL", "a || b"]', { type: 'exec', command: ['/bin/sh', '-c', 'a || b'], ...DEFAULTS }],
    ['test: ["NONE"]', { enabled: false }],
    ['test: NONE', { enabled: false }],
    ['disable: true', { enabled: false }],
    ['interval: 1m30s', { type: 'engine', ...DEFAULTS, interval: '1m30s' }],
    [
      'test: ["CMD", "x"]\n  interval: 5s\n  timeout: 500ms\n  retries: 1\n  start_period: 1h',
      { type: 'exec', command: ['x'], interval: '5s', timeout: '500ms', retries: 1, startPeriod: '1h' },
    ],
  ])('%s', async (lines, expected) => {
    expect((await web(`healthcheck:\n  ${lines}`)).descriptor['healthCheck']).toEqual(expected);
  });

  it('read secrets from the environment', async () => {
    const { descriptor } = await web('healthcheck: { test: "mysqladmin -p${MYSQL_PASSWORD} ping" }');
    expect(descriptor).toMatchObject({
      healthCheck: { command: ['/bin/sh', '-c', 'mysqladmin -p$${MYSQL_PASSWORD} ping'] },
      env: { MYSQL_PASSWORD: '${secret.MYSQL_PASSWORD}' },
    });
  });
});

describe('restart and stop', () => {
  it.each([
    ['', { policy: 'no' }],
    ['restart: "no"', { policy: 'no' }],
    ['restart: always', { policy: 'always' }],
    ['restart: unless-stopped', { policy: 'always' }],
    ['restart: on-failure', { policy: 'on-failure', maxAttempts: 0 }],
    ['restart: on-failure:3', { policy: 'on-failure', maxAttempts: 3 }],
    [
      'deploy: { restart_policy: { condition: on-failure, max_attempts: 2 } }',
      { policy: 'on-failure', maxAttempts: 2 },
    ],
    ['deploy: { restart_policy: { condition: none } }', { policy: 'no' }],
    ['deploy: { restart_policy: { } }', { policy: 'always' }],
  ])('%s', async (lines, expected) => {
    expect((await web(lines)).descriptor['restart']).toEqual(expected);
  });

  it('stop signal and time', async () => {
    const { descriptor } = await web('stop_signal: SIGINT\nstop_grace_period: 1m');
    expect(descriptor['stop']).toEqual({ signal: 'SIGINT', gracePeriod: '1m' });
    for (const [written, signal] of Object.entries({ 15: 'SIGTERM', int: 'SIGINT', 'SIGRTMIN+3': 'SIGRTMIN+3' }))
      expect((await web(`stop_signal: ${written}`)).descriptor['stop']).toEqual({ signal });
  });
});

describe('limits', () => {
  it('as in Compose 2', async () => {
    const { descriptor, container } = await web(
      'mem_limit: 512m\nmemswap_limit: 1g\nmem_reservation: 64mb\ncpus: "0.5"\npids_limit: 50\ncpuset: 0-1\nshm_size: 64m\ngpus: all',
    );
    expect(descriptor['resources']).toEqual({ cpu: 0.5, memory: '512MiB', maxProcesses: 50 });
    expect(container).toMatchObject({
      memorySwap: '512MiB',
      memoryReservation: '64MiB',
      cpuset: '0-1',
      shmSize: '64MiB',
      gpus: 'all',
    });
  });

  it('as in Compose 3, which hold over the others', async () => {
    const { descriptor, container, notes } = await web(
      'mem_limit: 1g\ncpu_quota: 50000\npids_limit: -1\ndeploy: { resources: { limits: { cpus: 2, memory: 300000000, pids: 9 }, reservations: { memory: 1k, devices: [{ driver: nvidia, count: 2, capabilities: [gpu] }] } } }',
    );
    expect(descriptor['resources']).toEqual({ cpu: 2, memory: '300000000B', maxProcesses: 9 });
    expect(container).toMatchObject({ memoryReservation: '1KiB', gpus: 2 });
    expect(notes.map((note) => note.split(':')[0]).sort()).toEqual([
      'services.web.cpu_quota',
      'services.web.deploy.resources.reservations.devices[0].driver',
      'services.web.mem_limit',
    ]);
  });

  it('replicas: one is no replica', async () => {
    expect((await web('scale: 1')).descriptor['replicas']).toBeUndefined();
    expect((await web('scale: 3')).descriptor['replicas']).toBe(3);
    expect((await web('deploy: { replicas: "${N:-2}" }')).descriptor['replicas']).toBe(2);
  });

  it('sizes and durations', () => {
    expect([2 ** 40, 3 * 2 ** 30, 1.5 * 2 ** 20, 1000].map(sizeText)).toEqual(['1TiB', '3GiB', '1536KiB', '1000B']);
    expect(['10m', '1g', '500', '200kb', 'x'].map(logSize)).toEqual(['10MB', '1GB', '500B', '200KB', undefined]);
    expect(['30s', '0', '1m30s', '1w', '100us', '\u00b5s', '5', 'x'].map(durationText)).toEqual([
      '30s',
      '0s',
      '1m30s',
      '604800000ms',
      '1ms',
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe('what a container may do, and the rest', () => {
  it('security', async () => {
    const { descriptor, notes } = await web(
      'cap_add: [NET_ADMIN]\ncap_drop: [ALL]\nread_only: true\nuserns_mode: host\nprivileged: true\nsecurity_opt:\n  - no-new-privileges\n  - seccomp:unconfined\n  - apparmor:unconfined\n  - label:disable\n  - label:level:s0\n  - systempaths=unconfined',
    );
    expect(descriptor['security']).toEqual({
      capAdd: ['NET_ADMIN'],
      capDrop: ['ALL'],
      readOnlyRoot: true,
      userNamespace: 'host',
      noNewPrivileges: true,
      seccomp: 'unconfined',
      apparmor: 'unconfined',
      selinux: 'disable',
    });
    expect(notes).toHaveLength(2);
  });

  it('much the same on both sides', async () => {
    const { container } = await web(
      'user: 1000:1000\nworking_dir: /w\nhostname: h\ndns: [1.1.1.1]\nextra_hosts: ["a:1.2.3.4", "b=::1"]\ninit: true\ntty: true\nulimits: { nofile: { soft: 1, hard: 2 }, nproc: 3 }\nsysctls: [net.core.somaxconn=1]\ndevices: ["/dev/fuse", { source: /dev/a, target: /dev/b, permissions: r }]\nlogging: { driver: json-file, options: { max-size: 10m, max-file: "3", tag: x } }\nlabels: [a=b, c]\npull_policy: if_not_present',
    );
    expect(container).toMatchObject({
      user: '1000:1000',
      workdir: '/w',
      hostname: 'h',
      dns: ['1.1.1.1'],
      extraHosts: { a: '1.2.3.4', b: '::1' },
      init: true,
      tty: true,
      ulimits: { nofile: { soft: 1, hard: 2 }, nproc: 3 },
      sysctls: { 'net.core.somaxconn': '1' },
      devices: ['/dev/fuse', '/dev/a:/dev/b:r'],
      logging: { driver: 'json-file', maxSize: '10MB', maxFiles: 3, options: { tag: 'x' } },
      labels: { a: 'b', c: '' },
      pull: 'missing',
    });
  });

  it('what has a profile is not started', async () => {
    const { descriptor, notes } = await web('profiles: [debug]');
    expect(descriptor).toMatchObject({ tags: { profiles: 'debug' }, desiredState: 'stopped' });
    expect(notes).toHaveLength(1);
  });

  it('what is only built goes by the name that Compose gives it', async () => {
    const { descriptors, notes } = await converted('name: shop\nservices:\n  web: { build: ./src }\n');
    expect(descriptors.get('web.yaml')?.['container']).toMatchObject({ image: 'shop-web', pull: 'never' });
    expect(notes[0]?.advice).toBe(
      'Build it before `pj apply`: `docker compose build web`, or `docker build -t shop-web ./src`.',
    );
  });
});
