import { describe, expect, it } from 'vitest';
import { briefly, load, one } from './project.ts';

const app = (id: string, java = ''): string => `applicationId: ${id}\njava: { mainClass: demo.Main${java} }\n`;

describe('host JVMs that applications run in', () => {
  it('are made up where nobody describes them, and the application restarts with its own', async () => {
    const { workloads, errors } = await load(
      [app('a'), app('b', ', jvm: shared'), app('c', ', jvm: tools'), app('d', ', jvm: own')].join('---\n'),
    );
    expect(errors).toEqual([]);
    expect(workloads.map(({ id, kind, provider }) => `${id} ${kind} ${provider}`)).toEqual([
      'a java java',
      'b java java',
      'c java java',
      'd java java',
      'jvm.default jvm jvm',
      'jvm.tools jvm jvm',
    ]);
    expect(one(workloads, 'jvm.default').spec).toEqual({ jvm: {} });
    expect(one(workloads, 'a').spec.java).toEqual({ mainClass: 'demo.Main', host: 'jvm.default' });
    expect(one(workloads, 'b').spec.java).toEqual({ mainClass: 'demo.Main', host: 'jvm.default' });
    expect(one(workloads, 'c').dependencies).toEqual([
      { id: 'jvm.tools', condition: 'started', optional: false, restart: true, source: 'reference' },
    ]);
    expect(one(workloads, 'd').spec.java).toEqual({ mainClass: 'demo.Main', jvm: 'own' });
    expect(one(workloads, 'd').dependencies).toEqual([]);
  });

  it('are the described ones where there are such, by their ids, with the keys of a process', async () => {
    const { workloads, errors } = await load({
      'hosts.yaml': `applicationId: default
jvm: { heap: 512MiB, args: "-Xss1m '-Dx=a b'", version: 17, classpath: "lib/a.jar:file:///opt/b.jar" }
resources: { memory: 1GiB, cpu: 2 }
env: { LANG: C }
restart: { policy: always, delay: 2s }
stop: { gracePeriod: 30 }
security: { user: app, noNewPrivileges: true, capabilities: [cap_net_bind_service] }
---
applicationId: jvm.tools
jvm: {}
desiredState: stopped
`,
      'a.yaml': `${app('a')}---\n${app('b', ', jvm: tools')}---\n${app('c', ', jvm: jvm.tools')}`,
    });
    expect(errors).toEqual([]);
    expect(workloads.map(({ id }) => id)).toEqual(['a', 'b', 'c', 'default', 'jvm.tools']);
    expect(one(workloads, 'a').spec.java?.host).toBe('default');
    expect(one(workloads, 'b').spec.java?.host).toBe('jvm.tools');
    expect(one(workloads, 'c').spec.java?.host).toBe('jvm.tools');
    expect(one(workloads, 'default').spec).toEqual({
      jvm: {
        heap: 512 * 2 ** 20,
        args: ['-Xss1m', '-Dx=a b'],
        version: '17',
        classpath: ['lib/a.jar', 'file:///opt/b.jar'],
      },
      resources: { memory: 2 ** 30, cpu: 2 },
      env: { LANG: 'C' },
      restart: { policy: 'always', delay: 2 },
      stop: { gracePeriod: 30 },
      security: { user: 'app', noNewPrivileges: true, capabilities: ['NET_BIND_SERVICE'] },
    });
  });

  it('may be one a replica', async () => {
    const { workloads, errors } = await load(`applicationId: pool
replicas: 2
jvm: {}
---
applicationId: web
replicas: 2
java: { mainClass: demo.Main, jvm: "pool-\${index}" }
`);
    expect(errors).toEqual([]);
    expect(one(workloads, 'web-1').spec.java?.host).toBe('pool-1');
    expect(one(workloads, 'web-1').dependencies.map(({ id }) => id)).toEqual(['pool-1']);
  });

  it('restart their applications whatever else is declared of the dependency', async () => {
    const { workloads, errors } = await load(`applicationId: a
java: { mainClass: demo.Main, jvm: tools }
dependencies: [jvm.tools]
---
applicationId: b
java: { mainClass: demo.Main, jvm: tools }
env: { PID: "\${workload.host.pid}" }
---
applicationId: c
java: { mainClass: demo.Main, jvm: host }
env: { PID: "\${workload.host.pid}" }
---
applicationId: host
jvm: {}
`);
    expect(errors).toEqual([]);
    expect(one(workloads, 'a').dependencies).toMatchObject([{ id: 'jvm.tools', restart: true, source: 'declared' }]);
    expect(one(workloads, 'b').dependencies).toMatchObject([
      { id: 'host', restart: false },
      { id: 'jvm.tools', restart: true },
    ]);
    expect(one(workloads, 'c').dependencies).toMatchObject([{ id: 'host', restart: true }]);
  });

  it('are refused where the name is taken by something else, not known yet, or means several', async () => {
    expect(
      await briefly(`applicationId: db
container: { image: postgres }
---
applicationId: jvm.taken
native: { command: x }
---
applicationId: pool
replicas: 2
jvm: {}
---
${app('a', ', jvm: db')}---
${app('b', ', jvm: taken')}---
${app('c', ', jvm: pool')}---
${app('d', `, jvm: "\${workload.db.id}"`)}---
${app('e', `, jvm: ${'x'.repeat(60)}`)}`),
    ).toEqual([
      'a.yaml:12:36 PJ1052 there can be no JVM of the name `db`: that is a workload of kind container',
      'a.yaml:15:36 PJ1040 the id `jvm.taken` is taken',
      'a.yaml:18:36 PJ1052 there can be no JVM of the name `pool`: that has replicas, which are called pool-0, pool-1, …',
      'a.yaml:21:36 PJ1017 `java.jvm` must be known before planning, but ${workload.db.id} is not',
      `a.yaml:24:36 PJ1012 \`java.jvm\` must be a name of 59 characters at most, but is "${'x'.repeat(56)}…`,
    ]);
  });

  it('have ids that an application can name', async () => {
    expect(await briefly('applicationId: shared\njvm: {}\n---\napplicationId: jvm.own\njvm: {}\n')).toEqual([
      'a.yaml:1:16 PJ1012 `applicationId` must be another id (`java.jvm: shared` means the JVM called default), but is "shared"',
      'a.yaml:4:16 PJ1012 `applicationId` must be another id (`java.jvm: own` means a JVM for one application alone), but is "jvm.own"',
    ]);
    // A workload that happens to be called default is not meant by `shared`, and a JVM of that name is asked for by name.
    const { workloads, errors } = await load(`applicationId: default\nnative: { command: x }\n---\n${app('a')}`);
    expect(errors).toEqual([]);
    expect(workloads.map(({ id }) => id)).toEqual(['a', 'default', 'jvm.default']);
  });

  it('have no health check, no volumes, and no end that could be waited for', async () => {
    expect(
      await briefly(`applicationId: host
jvm: { heep: 1 }
healthCheck: { port: 1 }
volumes: [{ path: /x }]
security: { allowReflection: false }
---
applicationId: other
jvm: {}
---
applicationId: x
native: { command: x }
dependencies: [{ id: other, condition: completed }]
---
applicationId: y
jvm: {}
java: { mainClass: a.B }
`),
    ).toEqual([
      'a.yaml:2:8 PJ1010 unknown key `heep` in `jvm`; did you mean `heap`?',
      'a.yaml:3:1 PJ1010 unknown key `healthCheck` in a descriptor of kind jvm',
      'a.yaml:4:1 PJ1010 unknown key `volumes` in a descriptor of kind jvm',
      'a.yaml:5:13 PJ1010 unknown key `allowReflection` in `security`; known: capabilities, group, noNewPrivileges, privateNetwork, privateTmp, readOnlyRoot, user, writablePaths',
      'a.yaml:12:16 PJ1044 `x` waits for `other` to be completed, but a JVM that applications share runs on',
      'a.yaml:16:1 PJ1013 two kinds in one descriptor: `java` says java, `jvm` says jvm',
    ]);
  });

  it('keep what is sensitive out of command lines', async () => {
    const text = `applicationId: host
jvm: { args: ["-Dkey=\${secret.k}"] }
---
${app('a', `, args: ["\${secret.k}"]`)}---
${app('b', `, jvm: own, args: ["\${secret.k}"]`)}`;
    expect(await briefly({ 'pj.yaml': 'name: x\nsecrets: { k: { env: K } }\n', 'a.yaml': text })).toEqual([
      'a.yaml:2:15 PJ1019 `jvm.args[0]` holds secret.k, but everybody on the machine can read the words of a command line',
      'a.yaml:8:48 PJ1019 `java.args[0]` holds secret.k, but everybody on the machine can read the words of a command line',
    ]);
  });
});
