import { expect, test } from 'vitest';
import { errorsOf, load } from './project.ts';

const ok = 'applicationId: ok\nexternal: { address: 10.0.0.1 }\n';

test('points at an unknown key and names the nearest', async () => {
  expect(await errorsOf('applicationId: web\nnative:\n  comand: node\n  command: node\n')).toMatchInlineSnapshot(`
    "PJ1010 unknown key \`comand\` in \`native\`; did you mean \`command\`?
    a.yaml:3:3
      1 | applicationId: web
      2 | native:
    > 3 |   comand: node
        |   ^^^^^^
      4 |   command: node"
  `);
});

test('checks flat keys of a known prefix too', async () => {
  expect(
    await errorsOf('applicationId: web\nproperties:\n  native.executable: node\n  native.comand: node\n'),
  ).toMatchInlineSnapshot(`
    "PJ1010 unknown key \`native.comand\` in \`properties\`; did you mean \`native.command\`?
    a.yaml:4:3
      2 | properties:
      3 |   native.executable: node
    > 4 |   native.comand: node
        |   ^^^^^^^^^^^^^"
  `);
});

test('tells a wrong value by what is expected there', async () => {
  expect(
    await errorsOf(
      'applicationId: web\nnative: { command: node, ports: [70000] }\nresources:\n  cpu: lots\n  memory: 2 gigs\nhealthCheck:\n  url: localhost:80\n  interval: fast\n',
    ),
  ).toMatchInlineSnapshot(`
    "PJ1012 \`native.ports[0]\` must be a port from 1 to 65535, but is 70000
    a.yaml:2:34
      1 | applicationId: web
    > 2 | native: { command: node, ports: [70000] }
        |                                  ^^^^^
      3 | resources:
      4 |   cpu: lots

    PJ1012 \`resources.cpu\` must be a number of cores above 0, but is "lots"
    a.yaml:4:8
      2 | native: { command: node, ports: [70000] }
      3 | resources:
    > 4 |   cpu: lots
        |        ^^^^
      5 |   memory: 2 gigs
      6 | healthCheck:

    PJ1012 \`resources.memory\` must be a size such as 512 (MiB), 512MiB or 2GiB, but is "2 gigs"
    a.yaml:5:11
      3 | resources:
      4 |   cpu: lots
    > 5 |   memory: 2 gigs
        |           ^^^^^^
      6 | healthCheck:
      7 |   url: localhost:80

    PJ1012 \`healthCheck.url\` must be a url that starts with http:// or https://, but is "localhost:80"
    a.yaml:7:8
      5 |   memory: 2 gigs
      6 | healthCheck:
    > 7 |   url: localhost:80
        |        ^^^^^^^^^^^^
      8 |   interval: fast

    PJ1012 \`healthCheck.interval\` must be a duration such as 10 (seconds), 500ms, 10s or 1m, but is "fast"
    a.yaml:8:13
      6 | healthCheck:
      7 |   url: localhost:80
    > 8 |   interval: fast
        |             ^^^^"
  `);
});

test('tells a flat key of a wrong value by its own name', async () => {
  expect(
    await errorsOf('applicationId: db\nproperties:\n  vm.disk: a.qcow2\n  vm.vcpu: many\n  vm.memory: huge\n'),
  ).toMatchInlineSnapshot(`
    "PJ1012 \`vm.vcpu\` must be a number, but is "many"
    a.yaml:4:12
      2 | properties:
      3 |   vm.disk: a.qcow2
    > 4 |   vm.vcpu: many
        |            ^^^^
      5 |   vm.memory: huge

    PJ1012 \`vm.memory\` must be a size such as 512 (MiB), 512MiB or 2GiB, but is "huge"
    a.yaml:5:14
      3 |   vm.disk: a.qcow2
      4 |   vm.vcpu: many
    > 5 |   vm.memory: huge
        |              ^^^^"
  `);
});

test('tells a missing key where it would stand', async () => {
  expect(await errorsOf('applicationId: web\nnative:\n  args: [a]\n')).toMatchInlineSnapshot(`
    "PJ1011 \`native\` lacks \`command\`
    a.yaml:2:1
      1 | applicationId: web
    > 2 | native:
        | ^^^^^^
      3 |   args: [a]"
  `);
});

test('tells two kinds in one descriptor with both places', async () => {
  expect(
    await errorsOf('applicationId: web\nproperties:\n  container.image: nginx\nnative:\n  command: node\n'),
  ).toMatchInlineSnapshot(`
    "PJ1013 two kinds in one descriptor: \`container.image\` says container, \`native\` says native
    a.yaml:3:3
      1 | applicationId: web
      2 | properties:
    > 3 |   container.image: nginx
        |   ^^^^^^^^^^^^^^^
      4 | native:
      5 |   command: node
    a.yaml:4:1
      2 | properties:
      3 |   container.image: nginx
    > 4 | native:
        | ^^^^^^
      5 |   command: node"
  `);
});

test('tells a kind that does not agree', async () => {
  expect(await errorsOf('applicationId: web\nkind: vm\nnative:\n  command: node\n')).toMatchInlineSnapshot(`
    "PJ1014 \`kind: vm\` does not agree with \`native\`, which says native
    a.yaml:2:7
      1 | applicationId: web
    > 2 | kind: vm
        |       ^^
      3 | native:
      4 |   command: node
    a.yaml:3:1
      1 | applicationId: web
      2 | kind: vm
    > 3 | native:
        | ^^^^^^
      4 |   command: node"
  `);
});

test('tells a key given in both dialects with different values, with both places', async () => {
  expect(
    await errorsOf(
      'applicationId: web\nnative:\n  command: node\n  workdir: /srv\nproperties:\n  native.workdir: /opt\n',
    ),
  ).toMatchInlineSnapshot(`
    "PJ1015 \`native.workdir\` is "/srv", but \`properties.native.workdir\` says "/opt"
    a.yaml:4:12
      2 | native:
      3 |   command: node
    > 4 |   workdir: /srv
        |            ^^^^
      5 | properties:
      6 |   native.workdir: /opt
    a.yaml:6:19
      4 |   workdir: /srv
      5 | properties:
    > 6 |   native.workdir: /opt
        |                   ^^^^"
  `);
});

test('tells a descriptor without any kind', async () => {
  expect(await errorsOf('applicationId: web\nenv: { A: b }\n')).toMatchInlineSnapshot(`
    "PJ1016 this has no \`native\`, \`container\`, \`vm\` or \`external\` block, so it is a Java application, and those need a \`mainClass\`
    a.yaml:1:16
    > 1 | applicationId: web
        |                ^^^
      2 | env: { A: b }"
  `);
});

test('takes a misspelt block for what it is', async () => {
  expect(await errorsOf('applicationId: web\nnativ:\n  command: node\n')).toMatchInlineSnapshot(`
    "PJ1010 unknown key \`nativ\` in a descriptor; did you mean \`native\`?
    a.yaml:2:1
      1 | applicationId: web
    > 2 | nativ:
        | ^^^^^
      3 |   command: node"
  `);
});

test('tells YAML syntax errors of every document', async () => {
  expect(
    await errorsOf(`${ok}---\napplicationId: a\nnative: {command: "node\n---\napplicationId: b\n\tx: 1\n`),
  ).toMatchInlineSnapshot(`
    "PJ1002 this is not valid YAML: missing closing "quote
    a.yaml:5:24
      3 | ---
      4 | applicationId: a
    > 5 | native: {command: "node
        |                        ^
      6 | ---
      7 | applicationId: b

    PJ1002 this is not valid YAML: tabs are not allowed as indentation
    a.yaml:8:1
      6 | ---
      7 | applicationId: b
    > 8 |  x: 1
        | ^"
  `);
});

test('says that a template within brackets needs quotes', async () => {
  const { errors } = await load('applicationId: a\nnative:\n  command: node\n  args: [x, ${var.port}]\n');
  expect(errors[0]?.hint).toBe('Within [ ] and { } a `${…}` must stand in quotes: ["${var.name}"].');
});

test('tells a doubled key with both places', async () => {
  expect(await errorsOf('applicationId: a\nnative:\n  command: x\n  command: y\n')).toMatchInlineSnapshot(`
    "PJ1003 the key \`command\` stands twice in one map
    a.yaml:4:3
      2 | native:
      3 |   command: x
    > 4 |   command: y
        |   ^^^^^^^
    a.yaml:3:3
      1 | applicationId: a
      2 | native:
    > 3 |   command: x
        |   ^^^^^^^
      4 |   command: y"
  `);
});

test('tells a doubled id across files with both places', async () => {
  expect(await errorsOf({ 'a.yaml': ok, 'b/c.yml': `# comment\n${ok}` })).toMatchInlineSnapshot(`
    "PJ1040 the id \`ok\` is taken
    b/c.yml:2:16
      1 | # comment
    > 2 | applicationId: ok
        |                ^^
      3 | external: { address: 10.0.0.1 }
    a.yaml:1:16
    > 1 | applicationId: ok
        |                ^^
      2 | external: { address: 10.0.0.1 }"
  `);
});

test('tells an unknown dependency and the nearest id', async () => {
  expect(
    await errorsOf(
      'applicationId: database\nexternal: { address: x }\n---\napplicationId: web\ndependencies:\n  - databse\nnative:\n  command: node\n',
    ),
  ).toMatchInlineSnapshot(`
    "PJ1041 \`web\` depends on \`databse\`, which is in no descriptor; did you mean \`database\`?
    a.yaml:6:5
      4 | applicationId: web
      5 | dependencies:
    > 6 |   - databse
        |     ^^^^^^^
      7 | native:
      8 |   command: node"
  `);
});

test("prints a cycle with each edge's place", async () => {
  expect(
    await errorsOf(
      'applicationId: a\ndependencies: [b]\nexternal: {address: x}\n---\napplicationId: b\ndependencies:\n  - id: c\nexternal: {address: x}\n---\napplicationId: c\nexternal: {address: "${workload.a.address}"}\n',
    ),
  ).toMatchInlineSnapshot(`
    "PJ1042 a cycle of dependencies: a → b → c → a
    a.yaml:2:16
      1 | applicationId: a
    > 2 | dependencies: [b]
        |                ^
      3 | external: {address: x}
      4 | ---
    a.yaml:7:5
      5 | applicationId: b
      6 | dependencies:
    > 7 |   - id: c
        |     ^^^^^
      8 | external: {address: x}
      9 | ---
    a.yaml:11:21
       9 | ---
      10 | applicationId: c
    > 11 | external: {address: "\${workload.a.address}"}
         |                     ^^^^^^^^^^^^^^^^^^^^^^^"
  `);
});

test('tells a workload that depends on itself', async () => {
  expect(await errorsOf('applicationId: a\ndependencies: [a]\nexternal: {address: x}\n')).toMatchInlineSnapshot(`
    "PJ1042 a cycle of dependencies: a → a
    a.yaml:2:16
      1 | applicationId: a
    > 2 | dependencies: [a]
        |                ^
      3 | external: {address: x}"
  `);
});

test('tells ports that clash on this host', async () => {
  expect(
    await errorsOf(
      'applicationId: a\nnative: { command: x, ports: [8080] }\n---\napplicationId: b\ncontainer: { image: nginx, ports: ["8080:80"] }\n---\napplicationId: c\nnative: { command: x }\nhealthCheck: { url: "http://localhost:8080/" }\n',
    ),
  ).toMatchInlineSnapshot(`
    "PJ1043 \`a\` and \`b\` both take port 8080 of this host
    a.yaml:5:35
      3 | ---
      4 | applicationId: b
    > 5 | container: { image: nginx, ports: ["8080:80"] }
        |                                   ^^^^^^^^^^^
      6 | ---
      7 | applicationId: c
    a.yaml:2:31
      1 | applicationId: a
    > 2 | native: { command: x, ports: [8080] }
        |                               ^^^^
      3 | ---
      4 | applicationId: b

    PJ1043 \`a\` and \`c\` both take port 8080 of this host
    a.yaml:9:21
       7 | applicationId: c
       8 | native: { command: x }
    >  9 | healthCheck: { url: "http://localhost:8080/" }
         |                     ^^^^^^^^^^^^^^^^^^^^^^^^
    a.yaml:2:31
      1 | applicationId: a
    > 2 | native: { command: x, ports: [8080] }
        |                               ^^^^
      3 | ---
      4 | applicationId: b"
  `);
});

test('tells replicas that take the same port', async () => {
  const { errors } = await load('applicationId: a\nreplicas: 3\nnative: { command: x, ports: [8080] }\n');
  expect(errors.map((each) => each.message)).toEqual([
    '`a-0` and `a-1` both take port 8080 of this host',
    '`a-0` and `a-2` both take port 8080 of this host',
  ]);
  expect(errors[0]?.hint).toContain('"808${index}"');
});

test('tells unknown names in templates, with the nearest', async () => {
  expect(
    await errorsOf(
      {
        'pj.yaml': 'name: t\nvariables:\n  port: { default: 80 }\nsecrets:\n  token: { env: T }\n',
        'a.yaml': `${ok}---\napplicationId: web\nnative:\n  command: node\nenv:\n  A: "x \${var.prot} y"\n  B: \${secret.tokn}\n  C: \${env.HOM}\n  D: \${workload.okk.address}\n  E: \${self.idd}\n  F: \${port}\n  G: \${foo.bar}\n  H: \${var.port\n  I: \${var.port:-1}\n`,
      },
      { env: { HOME: '/root' } },
    ),
  ).toMatchInlineSnapshot(`
    "PJ1021 there is no variable \`prot\`; did you mean \`port\`?
    a.yaml:8:9
       6 |   command: node
       7 | env:
    >  8 |   A: "x \${var.prot} y"
         |         ^^^^^^^^^^^
       9 |   B: \${secret.tokn}
      10 |   C: \${env.HOM}

    PJ1022 there is no secret \`tokn\`; did you mean \`token\`?
    a.yaml:9:6
       7 | env:
       8 |   A: "x \${var.prot} y"
    >  9 |   B: \${secret.tokn}
         |      ^^^^^^^^^^^^^^
      10 |   C: \${env.HOM}
      11 |   D: \${workload.okk.address}

    PJ1023 the environment variable \`HOM\` is not set; did you mean \`HOME\`?
    a.yaml:10:6
       8 |   A: "x \${var.prot} y"
       9 |   B: \${secret.tokn}
    > 10 |   C: \${env.HOM}
         |      ^^^^^^^^^^
      11 |   D: \${workload.okk.address}
      12 |   E: \${self.idd}

    PJ1024 there is no workload \`okk\` to refer to; did you mean \`ok\`?
    a.yaml:11:6
       9 |   B: \${secret.tokn}
      10 |   C: \${env.HOM}
    > 11 |   D: \${workload.okk.address}
         |      ^^^^^^^^^^^^^^^^^^^^^^^
      12 |   E: \${self.idd}
      13 |   F: \${port}

    PJ1026 \${self.idd} names nothing; did you mean \`id\`?
    a.yaml:12:6
      10 |   C: \${env.HOM}
      11 |   D: \${workload.okk.address}
    > 12 |   E: \${self.idd}
         |      ^^^^^^^^^^^
      13 |   F: \${port}
      14 |   G: \${foo.bar}

    PJ1020 \${port} cannot be read: it does not say what port is; did you mean \${var.port}?
    a.yaml:13:6
      11 |   D: \${workload.okk.address}
      12 |   E: \${self.idd}
    > 13 |   F: \${port}
         |      ^^^^^^^
      14 |   G: \${foo.bar}
      15 |   H: \${var.port

    PJ1020 \${foo.bar} cannot be read: there is no \`foo.\`; known: var, env, secret, workload, self, project, index
    a.yaml:14:6
      12 |   E: \${self.idd}
      13 |   F: \${port}
    > 14 |   G: \${foo.bar}
         |      ^^^^^^^^^^
      15 |   H: \${var.port
      16 |   I: \${var.port:-1}

    PJ1020 \${var.port cannot be read: it has no closing }
    a.yaml:15:6
      13 |   F: \${port}
      14 |   G: \${foo.bar}
    > 15 |   H: \${var.port
         |      ^^^^^^^^^^
      16 |   I: \${var.port:-1}

    PJ1020 \${var.port:-1} cannot be read: only an environment variable can have a default after \`:-\`
    a.yaml:16:6
      14 |   G: \${foo.bar}
      15 |   H: \${var.port
    > 16 |   I: \${var.port:-1}
         |      ^^^^^^^^^^^^^^"
  `);
});

test('refuses what planning must know and cannot', async () => {
  expect(
    await errorsOf({
      'pj.yaml': 'name: t\nsecrets:\n  n: { env: T }\n',
      'a.yaml': `${ok}---\napplicationId: web\nreplicas: 2\nnative:\n  command: node\ndesiredState: \${secret.n}\nresources:\n  cpu: \${secret.n}\ndependencies: ["\${env.X:-ok}"]\nlifecycle:\n  preventDestroy: \${workload.ok.address}\n`,
    }),
  ).toMatchInlineSnapshot(`
    "PJ1017 \`desiredState\` must be known before planning, but \${secret.n} is not
    a.yaml:8:15
       6 | native:
       7 |   command: node
    >  8 | desiredState: \${secret.n}
         |               ^^^^^^^^^^^
       9 | resources:
      10 |   cpu: \${secret.n}

    PJ1017 \`resources.cpu\` must be known before planning, but \${secret.n} is not
    a.yaml:10:8
       8 | desiredState: \${secret.n}
       9 | resources:
    > 10 |   cpu: \${secret.n}
         |        ^^^^^^^^^^^
      11 | dependencies: ["\${env.X:-ok}"]
      12 | lifecycle:

    PJ1017 \`dependencies[0]\` must be known before planning, but \${env.X} is not
    a.yaml:11:16
       9 | resources:
      10 |   cpu: \${secret.n}
    > 11 | dependencies: ["\${env.X:-ok}"]
         |                ^^^^^^^^^^^^^^
      12 | lifecycle:
      13 |   preventDestroy: \${workload.ok.address}

    PJ1017 \`lifecycle.preventDestroy\` must be known before planning, but \${workload.ok.address} is not
    a.yaml:13:19
      11 | dependencies: ["\${env.X:-ok}"]
      12 | lifecycle:
    > 13 |   preventDestroy: \${workload.ok.address}
         |                   ^^^^^^^^^^^^^^^^^^^^^^"
  `);
});

test('says where a file that is no descriptor can be left out', async () => {
  const { errors } = await load({ 'package.json': '{"name": "x", "version": "1.0.0"}' });
  expect(errors.map((each) => `${each.message} | ${each.hint}`)).toMatchInlineSnapshot(`
    [
      "a descriptor lacks \`applicationId\` | Every descriptor has an \`applicationId\`. If package.json is no descriptor, leave it out: \`exclude: [package.json]\` in pj.yaml.",
    ]
  `);
});

test('tells conditions that cannot come true', async () => {
  expect(
    await errorsOf(
      'applicationId: svc\nnative: { command: x, type: service }\n---\napplicationId: always\nnative: { command: x }\nrestart: { policy: always }\n---\napplicationId: ext\nexternal: { address: x }\n---\napplicationId: web\nnative: { command: x }\ndependencies:\n  - { id: svc, condition: completed }\n  - { id: always, condition: completed }\n  - { id: ext, condition: completed }\n  - { id: ext, condition: finished }\n',
    ),
  ).toMatchInlineSnapshot(`
    "PJ1044 \`web\` waits for \`svc\` to be completed, but its type is service
    a.yaml:14:5
      12 | native: { command: x }
      13 | dependencies:
    > 14 |   - { id: svc, condition: completed }
         |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      15 |   - { id: always, condition: completed }
      16 |   - { id: ext, condition: completed }
    a.yaml:2:29
      1 | applicationId: svc
    > 2 | native: { command: x, type: service }
        |                             ^^^^^^^
      3 | ---
      4 | applicationId: always

    PJ1044 \`web\` waits for \`always\` to be completed, but its restart policy is always
    a.yaml:15:5
      13 | dependencies:
      14 |   - { id: svc, condition: completed }
    > 15 |   - { id: always, condition: completed }
         |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      16 |   - { id: ext, condition: completed }
      17 |   - { id: ext, condition: finished }
    a.yaml:6:20
      4 | applicationId: always
      5 | native: { command: x }
    > 6 | restart: { policy: always }
        |                    ^^^^^^
      7 | ---
      8 | applicationId: ext

    PJ1044 \`web\` waits for \`ext\` to be completed, but pj does not run it
    a.yaml:16:5
      14 |   - { id: svc, condition: completed }
      15 |   - { id: always, condition: completed }
    > 16 |   - { id: ext, condition: completed }
         |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      17 |   - { id: ext, condition: finished }
    a.yaml:9:11
       7 | ---
       8 | applicationId: ext
    >  9 | external: { address: x }
         |           ^^^^^^^^^^^^^^
      10 | ---
      11 | applicationId: web

    PJ1046 \`web\` depends on \`ext\` twice
    a.yaml:17:5
      15 |   - { id: always, condition: completed }
      16 |   - { id: ext, condition: completed }
    > 17 |   - { id: ext, condition: finished }
         |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    a.yaml:16:5
      14 |   - { id: svc, condition: completed }
      15 |   - { id: always, condition: completed }
    > 16 |   - { id: ext, condition: completed }
         |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      17 |   - { id: ext, condition: finished }

    PJ1012 \`dependencies[3].condition\` must be started, healthy or completed, but is "finished"
    a.yaml:17:27
      15 |   - { id: always, condition: completed }
      16 |   - { id: ext, condition: completed }
    > 17 |   - { id: ext, condition: finished }
         |                           ^^^^^^^^"
  `);
});

test('tells all errors of all files in one run', async () => {
  const { errors } = await load({
    'pj.yaml': 'name: test\nvarables: {}\nforget: [ok]\n',
    'a.yaml': 'applicationId: a\nnative: {}\n---\napplicationId: a!\n---\n- list\n',
    'b.json': '{"applicationId": "b",}',
    'c.yaml': ok,
  });
  expect(
    errors.map((each) => `${each.places[0]?.file}:${each.places[0]?.line} ${each.message}`),
  ).toMatchInlineSnapshot(`
    [
      "a.yaml:2 \`native\` lacks \`command\`",
      "a.yaml:4 this has no \`native\`, \`container\`, \`vm\` or \`external\` block, so it is a Java application, and those need a \`mainClass\`",
      "a.yaml:4 \`applicationId\` must be an id: letters, digits, \`.\`, \`_\` and \`-\`, starting with a letter or digit, 63 characters at most, but is "a!"",
      "a.yaml:6 a descriptor is a map, but this is a list",
      "b.json:1 this is not valid JSON: expected double-quoted property name",
      "pj.yaml:2 unknown key \`varables\` in pj.yaml; did you mean \`variables\`?",
      "pj.yaml:3 pj.yaml contradicts itself or the descriptors: \`ok\` is to be forgotten, but a descriptor still has that id",
    ]
  `);
});

test('warns of quotas above what the host has', async () => {
  const { errors, warnings } = await load(
    'applicationId: a\nnative: { command: x }\nresources: { cpu: 16, memory: 64GiB }\n',
  );
  expect(errors).toEqual([]);
  expect(warnings).toMatchInlineSnapshot(`
    [
      {
        "code": "PJ1045",
        "message": "a.yaml:3:19: \`a\` asks for 16 cores of cpu, but this host has 4",
        "workload": "a",
      },
      {
        "code": "PJ1045",
        "message": "a.yaml:3:31: \`a\` asks for 65536 MiB of memory, but this host has 8192 MiB",
        "workload": "a",
      },
    ]
  `);
});

test('warns of waiting for the health of what has no check', async () => {
  const { errors, warnings, workloads } = await load(
    `${ok}---\napplicationId: web\nnative: { command: x }\ndependencies: [{ id: ok, condition: healthy }]\n`,
  );
  expect(errors).toEqual([]);
  expect(warnings.map((each) => each.message)).toEqual([
    'a.yaml:6:16: `web` waits for `ok` to be healthy, but that has no health check: it waits until it runs',
  ]);
  expect(workloads[1]?.dependencies[0]?.condition).toBe('started');
});

test('does not show the value of a sensitive variable in an error', async () => {
  const text = await errorsOf({
    'pj.yaml':
      'name: t\nvariables:\n  pw: { sensitive: true, default: hunter2 }\n  n: { type: number, sensitive: true, default: secretword }\nbad: 1\n',
    'a.yaml': ok,
  });
  expect(text).not.toContain('hunter2');
  expect(text).toContain('gives another');
  expect(text).toContain('(sensitive)');
});

test('does not blame those that depend on a broken descriptor', async () => {
  const { errors } = await load({
    'a.yaml':
      'applicationId: a\nnativ: { command: x }\n---\napplicationId: b\nnative: {command: "x\n---\napplicationId: c\nnative: {}\n',
    'b.yaml': 'applicationId: web\nexternal: { address: "${workload.a.address}" }\ndependencies: [a, b, c, d]\n',
  });
  expect(errors.map((each) => each.message)).toEqual([
    'unknown key `nativ` in a descriptor; did you mean `native`?',
    'this is not valid YAML: missing closing "quote',
    '`native` lacks `command`',
    '`web` depends on `d`, which is in no descriptor; known: a, b, c',
  ]);
});

test('tells what makes no machine, without asking a host', async () => {
  const { errors } = await load(`
applicationId: db
vm:
  vcpu: 4
  maxVcpu: 2
  cmdline: quiet
  disk: { path: a.qcow2, pool: default, volume: a }
  disks: [{ pool: default }]
  network: { mode: bridge }
  networks: [{ mac: 53:54:00:12:34:56, address: 10.0.0 }]
  firewall: [{ action: drop, port: 22, source: 10.0.0.0/40 }]
  gpu: "01:00.0"
`);
  expect(errors.map(({ code, message }) => `${code} ${message}`)).toMatchInlineSnapshot(`
    [
      "PJ1012 \`vm.maxVcpu\` must be no less than \`vm.vcpu\`, which is 4, but is 2",
      "PJ1018 \`vm.cmdline\` needs \`kernel\`",
      "PJ1015 \`vm.disk.path\` is "a.qcow2", but \`vm.disk.pool\` says "default"",
      "PJ1018 a disk needs \`path\`, or \`pool\` and \`volume\`",
      "PJ1018 a card on a bridge needs \`bridge\`, the name of it",
      "PJ1012 \`vm.networks[0].mac\` must be the MAC address of one card: its first byte is even, but is "53:54:00:12:34:56"",
      "PJ1012 \`vm.networks[0].address\` must be an address such as 192.168.122.50, but is "10.0.0"",
      "PJ1012 \`vm.firewall[0].protocol\` must be tcp or udp where a port is named, but is "all"",
      "PJ1012 \`vm.firewall[0].source\` must be an address or network such as 10.0.0.0/8, but is "10.0.0.0/40"",
      "PJ1012 \`vm.gpu[0]\` must be a PCI address such as 0000:01:00.0, but is "01:00.0"",
    ]
  `);
});
