import { expect, test } from 'vitest';
import type { Workload } from '../../src/model/workload.ts';
import { load } from './project.ts';

/** The only workload of a descriptor, which has nothing wrong. */
async function one(text: string): Promise<Workload> {
  const { errors, workloads } = await load(text);
  expect(errors.map((each) => each.message)).toEqual([]);
  expect(workloads).toHaveLength(1);
  return workloads[0] as Workload;
}

const MiB = 2 ** 20;

test('gives the same workload for both dialects', async () => {
  const flat = await one(
    'applicationId: nginx-web\nproperties:\n  container.image: "nginx:alpine"\n  container.runtime: docker\n  container.ports: "8080:80,8443:443"\n  container.env: |\n    NGINX_HOST=localhost\nresources: { cpu: 2, memory: 2048 }\n',
  );
  const typed = await one(
    'applicationId: nginx-web\ncontainer:\n  image: nginx:alpine\n  runtime: docker\n  ports: ["8080:80", "8443:443"]\n  env: { NGINX_HOST: localhost }\nresources: { cpu: 2, memory: 2GiB }\n',
  );
  expect(flat).toEqual(typed);
  expect(flat.spec).toEqual({
    env: { NGINX_HOST: 'localhost' },
    resources: { cpu: 2, memory: 2048 * MiB },
    container: {
      image: 'nginx:alpine',
      runtime: 'docker',
      ports: [
        { host: 8080, container: 80 },
        { host: 8443, container: 443 },
      ],
    },
  });
});

test('reads the flat keys of a native workload', async () => {
  const { kind, spec } = await one(
    'applicationId: x\nnativeImage: true\nproperties:\n  native.executable: /opt/app\n  native.args: --name "a b" --port 80\n  native.workdir: /srv\n  native.env.HOME: /srv\n  native.ports: "80, 81"\n  OTHER: 5\nenv: { A: 1, B: true }\n',
  );
  expect(kind).toBe('native');
  expect(spec).toEqual({
    env: { A: '1', B: 'true', HOME: '/srv', OTHER: '5' },
    native: {
      nativeImage: true,
      command: '/opt/app',
      args: ['--name', 'a b', '--port', '80'],
      workdir: '/srv',
      ports: [80, 81],
    },
  });
});

test('takes the same value in both dialects, in whatever form', async () => {
  const { spec } = await one(
    'applicationId: x\nnative: { command: node, args: [a, b] }\nresources: { memory: 2GiB }\nproperties: { native.executable: node, native.args: a b }\n',
  );
  expect(spec.native).toEqual({ command: 'node', args: ['a', 'b'] });
});

test('reads the platform-java keys of a Java application', async () => {
  const { kind, spec } = await one(
    'applicationId: app\nmainClass: com.example.Main\nclasspathEntries: ["file:///a.jar"]\nthreadPoolConfig: { corePoolSize: 2, maxPoolSize: 8 }\nenableMessaging: true\nproperties: { log.level: debug, java.io.tmpdir: /tmp, java.jvm: own }\nresources: { maxThreads: 50 }\n',
  );
  expect(kind).toBe('java');
  expect(spec).toEqual({
    properties: { 'log.level': 'debug', 'java.io.tmpdir': '/tmp' },
    resources: { maxThreads: 50 },
    java: {
      mainClass: 'com.example.Main',
      classpath: ['file:///a.jar'],
      threadPool: { corePoolSize: 2, maxPoolSize: 8 },
      enableMessaging: true,
      jvm: 'own',
    },
  });
});

test('reads the flat keys of a virtual machine', async () => {
  const { kind, spec } = await one(
    'applicationId: db\nproperties:\n  vm.disk: db.qcow2\n  vm.disk.size: 20GiB\n  vm.vcpu: "4"\n  vm.memory: "4096"\n  vm.network: bridge\n  vm.bridge: br0\n',
  );
  expect(kind).toBe('vm');
  expect(spec.vm).toEqual({
    vcpu: 4,
    memory: 4096 * MiB,
    disks: [{ path: 'db.qcow2', size: 20 * 1024 * MiB }],
    networks: [{ mode: 'bridge', bridge: 'br0' }],
  });
});

test('reads every other flat key of a virtual machine', async () => {
  const { spec } = await one(`applicationId: db
properties:
  vm.disk: db.qcow2
  vm.disk.readOnly: "true"
  vm.disk.encryption.passphrase: not-a-secret
  vm.disks: [{ pool: default, volume: data, size: 1GiB }, more.raw]
  vm.network.mode: nat
  vm.network.mac: 52:54:00:12:34:56
  vm.network.inboundKbps: "1000"
  vm.networks: [none]
  vm.ports: 8080:80
  vm.maxMemory: 4GiB
  vm.cdrom: install.iso
  vm.boot: cdrom, disk
  vm.vnc.port: "5901"
  vm.vnc.listen: 0.0.0.0
  vm.gpu: 0000:01:00.0
  vm.firewall: [{ action: accept, protocol: tcp, port: "22" }, { action: drop }]
  vm.cloudInit.hostname: db
  vm.autostart: "true"
  vm.seLabel: system_u:system_r:svirt_t:s0
  vm.runStrategy: once
`);
  expect(spec.security).toEqual({ seLabel: 'system_u:system_r:svirt_t:s0' });
  expect(spec.vm).toEqual({
    disks: [
      {
        path: 'db.qcow2',
        readOnly: true,
        encryption: { passphrase: 'not-a-secret' },
      },
      { pool: 'default', volume: 'data', size: 1024 * MiB },
      { path: 'more.raw' },
    ],
    networks: [{ mode: 'nat', mac: '52:54:00:12:34:56', inboundKbps: 1000 }, { mode: 'none' }],
    ports: [{ host: 8080, container: 80 }],
    maxMemory: 4096 * MiB,
    cdrom: 'install.iso',
    boot: ['cdrom', 'disk'],
    graphics: { type: 'vnc', port: 5901, listen: '0.0.0.0' },
    gpu: ['0000:01:00.0'],
    firewall: [{ action: 'accept', protocol: 'tcp', port: 22 }, { action: 'drop' }],
    cloudInit: { hostname: 'db' },
    autostart: true,
    runStrategy: 'once',
  });
});

test('puts everything common into base units and fills nothing in', async () => {
  const { spec, lifecycle, desiredState } = await one(`
applicationId: x
version: 1.5
tags: { tier: 1 }
native:
  command: node
  umask: 022
  rlimits: { nofile: unlimited, core: 0 }
  logs: { maxSize: 5MiB }
resources:
  cpu: 0.5
  disk: 1GiB
  enforcement: { gracePeriod: 5, cpu: THROTTLE, memory: { action: KILL, gracePeriod: 1 } }
healthCheck: { command: curl -f "http://x y/", interval: 500ms, timeout: 2, startPeriod: 1m }
restart: { policy: always, delay: 250ms }
stop: { signal: INT, gracePeriod: 1m }
volumes:
  - { name: data, path: /data, size: 10 }
  - { source: ./conf, path: /conf, readOnly: true }
  - { path: /tmp, type: tmpfs }
security: { user: 1000, capabilities: [cap_net_bind_service, CHOWN], noNewPrivileges: true }
lifecycle: { preventDestroy: true }
`);
  expect(spec).toEqual({
    version: '1.5',
    tags: { tier: '1' },
    native: {
      command: 'node',
      umask: '022',
      rlimits: { nofile: -1, core: 0 },
      logs: { maxSize: 5 * MiB },
      user: '1000',
    },
    resources: {
      cpu: 0.5,
      disk: 1024 * MiB,
      enforcement: { cpu: { action: 'THROTTLE', gracePeriod: 5 }, memory: { action: 'KILL', gracePeriod: 1 } },
    },
    healthCheck: { type: 'exec', command: ['curl', '-f', 'http://x y/'], interval: 0.5, timeout: 2, startPeriod: 60 },
    restart: { policy: 'always', delay: 0.25 },
    stop: { signal: 'SIGINT', gracePeriod: 60 },
    volumes: [
      { name: 'data', path: '/data', size: 10 * MiB, type: 'persistent' },
      { source: './conf', path: '/conf', readOnly: true, type: 'bind' },
      { path: '/tmp', type: 'tmpfs' },
    ],
    security: { capabilities: ['NET_BIND_SERVICE', 'CHOWN'], noNewPrivileges: true },
  });
  expect(lifecycle).toEqual({
    preventDestroy: true,
    createBeforeDestroy: false,
    ignoreChanges: [],
    replaceOn: [],
    rollback: false,
  });
  expect(desiredState).toBe('running');
});

test('makes replicas, and a dependency on their id means all of them', async () => {
  const { errors, workloads } = await load(
    'applicationId: q\nreplicas: 3\nnative: { command: x, args: ["${index}", "${self.id}"], ports: ["808${index}"] }\n---\napplicationId: w\nnative: { command: x }\ndependencies: [{ id: q, restart: true }]\n',
  );
  expect(errors).toEqual([]);
  expect(workloads.map((each) => [each.id, each.spec.native?.args, each.spec.native?.ports])).toEqual([
    ['q-0', ['0', 'q-0'], [8080]],
    ['q-1', ['1', 'q-1'], [8081]],
    ['q-2', ['2', 'q-2'], [8082]],
    ['w', undefined, undefined],
  ]);
  expect(workloads[3]?.dependencies).toEqual(
    ['q-0', 'q-1', 'q-2'].map((id) => ({
      id,
      condition: 'started',
      optional: false,
      restart: true,
      source: 'declared',
    })),
  );
});

test('no replicas are no workloads, and nobody waits for them', async () => {
  const { errors, workloads } = await load(
    'applicationId: q\nreplicas: 0\nnative: { command: x }\n---\napplicationId: w\nnative: { command: x }\ndependencies: [q]\n',
  );
  expect(errors).toEqual([]);
  expect(workloads).toMatchObject([{ id: 'w', dependencies: [] }]);
});

test('tells the conditions of dependencies, drops absent optional ones, infers jobs', async () => {
  const { errors, workloads } = await load(`
applicationId: web
native: { command: x }
env: { DB: "\${workload.db.address}:\${workload.db.ports.5432}" }
dependencies: [checked, plain, { id: job, condition: completed }, { id: absent, optional: true }]
---
applicationId: checked
native: { command: x }
healthCheck: { port: 1234 }
---
applicationId: plain
native: { command: x }
healthCheck: { type: process }
---
applicationId: job
native: { command: x }
---
applicationId: db
external: { address: 10.0.0.1, ports: [5432] }
healthCheck: { port: 5432 }
`);
  expect(errors).toEqual([]);
  const web = workloads.find((each) => each.id === 'web');
  expect(web?.dependencies.map((each) => [each.id, each.condition, each.source])).toEqual([
    ['checked', 'healthy', 'declared'],
    ['db', 'started', 'reference'],
    ['job', 'completed', 'declared'],
    ['plain', 'started', 'declared'],
  ]);
  expect(workloads.find((each) => each.id === 'job')?.spec.native?.type).toBe('job');
  expect(web?.spec.env).toEqual({
    DB: {
      $template: {
        parts: [{ workload: 'db', attribute: 'address' }, ':', { workload: 'db', attribute: 'ports.5432' }],
        sensitive: false,
      },
    },
  });
  expect(workloads.find((each) => each.id === 'db')?.spec.external).toEqual({
    address: '10.0.0.1',
    ports: { '5432': 5432 },
  });
});

test('replaces what is known at once, with its type, and keeps the rest as templates', async () => {
  const { errors, workloads } = await load(
    {
      'pj.yaml':
        'name: shop\nvariables: { port: { type: number }, cmd: , cpu: { type: number }, prefix: { default: p }, pw: { sensitive: true } }\nsecrets: { t: { env: T } }\n',
      'a.yaml': `
applicationId: \${var.prefix}-web
native:
  command: \${var.cmd}
  args: ["\${var.port}", "$\${literal}", "\${project.name}/\${self.ID}"]
  ports: ["\${var.port}"]
resources: { cpu: "\${var.cpu}" }
properties: { native.env.A: "\${HOME}", native.env.B: "\${NOPE:-x}" }
env: { PW: "\${var.pw}", TOKEN: "--token=\${secret.t}" }
`,
    },
    { vars: { port: '8080', cmd: 'node', cpu: '0.5', pw: 'hunter2' }, env: { HOME: '/root' } },
  );
  expect(errors.map((each) => each.message)).toEqual([]);
  expect(workloads[0]?.id).toBe('p-web');
  expect(workloads[0]?.spec).toEqual({
    native: {
      command: 'node',
      args: ['8080', '${literal}', 'shop/p-web'],
      ports: [8080],
    },
    resources: { cpu: 0.5 },
    env: {
      PW: { $template: { parts: [{ var: 'pw' }], sensitive: true } },
      TOKEN: { $template: { parts: ['--token=', { secret: 't' }], sensitive: true } },
      A: { $template: { parts: [{ env: 'HOME' }], sensitive: true } },
      B: { $template: { parts: [{ env: 'NOPE', default: 'x' }], sensitive: true } },
    },
  });
  expect(JSON.stringify(workloads)).not.toContain('hunter2');
});

test('never splits what a template gives', async () => {
  const { errors, workloads } = await load({
    'pj.yaml': 'variables: { words: { default: "a b" }, list: { default: [c, 1] } }\n',
    'a.yaml':
      'applicationId: x\nnative: { command: n, args: "--w ${var.words} --s=${workload.y.id} \'${self.id}\'" }\n---\napplicationId: y\nnative: { command: n, args: "${var.list}" }\n',
  });
  expect(errors.map((each) => each.message)).toEqual([]);
  expect(workloads.map((each) => each.spec.native?.args)).toEqual([
    ['--w', 'a b', { $template: { parts: ['--s=', { workload: 'y', attribute: 'id' }], sensitive: false } }, 'x'],
    ['c', '1'],
  ]);
});

test('finds the line of a descriptor without parsing it', async () => {
  const { workloads } = await load(
    '# one\n\napplicationId: a\nexternal: {address: x}\n---\n# two\n\napplicationId: b\nexternal: {address: x}\n...\n---\napplicationId: c\nexternal: {address: x}\n',
  );
  expect(workloads.map((each) => each.place)).toEqual([3, 8, 12].map((line) => ({ file: 'a.yaml', line, column: 1 })));
});

test('reads documents with anchors, merge keys, block scalars and JSON', async () => {
  const { errors, workloads } = await load({
    'a.yaml':
      '%YAML 1.2\n---\napplicationId: a\nnative: &n\n  command: sh\n  args:\n    - -c\n    - |\n      echo one\n      echo two\nenv: &e { A: 1 }\n...\n---\napplicationId: b\nenv:\n  <<: { A: x }\n  B: y\nnative: { command: z }\n',
    'c.json': '{\n\t"applicationId": "c",\n\t"external": {"address": "x"}\n}',
  });
  expect(errors.map((each) => each.message)).toEqual([]);
  expect(workloads.map((each) => [each.id, each.spec.native?.args, each.spec.env])).toEqual([
    ['a', ['-c', 'echo one\necho two\n'], { A: '1' }],
    ['b', undefined, { A: 'x', B: 'y' }],
    ['c', undefined, undefined],
  ]);
});

test('refuses alias bombs, deep nesting and doubled keys in large maps, soon', async () => {
  const bomb = `a: &a [x,x,x,x,x,x,x,x,x,x]\n${'bcdefgh'
    .split('')
    .map((name, i) => `${name}: &${name} [${Array(10).fill(`*${'abcdefg'[i]}`).join(',')}]\n`)
    .join('')}`;
  const { errors } = await load({
    'bomb.yaml': `applicationId: x\n${bomb}`,
    'deep.yaml': `a: ${'['.repeat(20_000)}${']'.repeat(20_000)}`,
    'wide.yaml': `applicationId: w\nexternal: {address: x}\nenv:\n${Array.from({ length: 20_000 }, (_, i) => `  "K${i}": x\n`).join('')}  "K7": y\n`,
  });
  expect(errors.map((each) => `${each.places[0]?.file} ${each.code}`)).toEqual([
    'bomb.yaml PJ1005',
    'deep.yaml PJ1005',
    'wide.yaml PJ1003',
  ]);
});

test('gives the same for the same, in the order of ids', async () => {
  const files = {
    'z.yaml': 'applicationId: a\nexternal: {address: x}\n',
    'b.yaml': 'applicationId: z\nexternal: {address: x}\n---\napplicationId: m\nexternal: {address: x}\n',
  };
  const [first, second] = [await load(files), await load(files)];
  expect(first.workloads.map((each) => each.id)).toEqual(['a', 'm', 'z']);
  expect(JSON.stringify(second.workloads)).toBe(JSON.stringify(first.workloads));
});
