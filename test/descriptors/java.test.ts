import { describe, expect, it } from 'vitest';
import { errorsOf, load, one } from './project.ts';

describe('a Java application', () => {
  it('in the dialect of platform-java: every key', async () => {
    const { workloads, errors } = await load(`applicationId: orders
name: Orders
version: 1.2.0
mainClass: com.example.orders.Main
classpathEntries:
  - file:///opt/orders/orders.jar
  - file:/opt/orders/lib/
enableMessaging: true
threadPoolConfig:
  corePoolSize: 4
  maxPoolSize: 16
  queueCapacity: 200
  keepAlive: 30s
dependencies: [db]
properties:
  db.url: jdbc:h2:mem:orders
  server.port: 8081
  java.io.tmpdir: /tmp/orders
  java.args: "--port 8081 'two words'"
  java.jvm: tools
  java.version: ">=17"
  java.reloadable: "true"
  java.daemon: "false"
  java.ports: "8081, 8082"
resources:
  cpu: 1.5
  memory: 256
  maxThreads: 40
security:
  allowReflection: false
  allowNetworking: true
  allowFileSystem: false
  filePermissions: ["read /etc/orders/-"]
  socketPermissions: { "db:5432": connect }
volumes:
  - { name: data, path: /data, type: persistent, size: 100 }
---
applicationId: db
external: { address: 10.0.0.1, ports: [5432] }
`);
    expect(errors).toEqual([]);
    const { kind, spec, dependencies } = one(workloads, 'orders');
    expect(kind).toBe('java');
    expect(spec).toEqual({
      name: 'Orders',
      version: '1.2.0',
      java: {
        mainClass: 'com.example.orders.Main',
        classpath: ['file:///opt/orders/orders.jar', 'file:/opt/orders/lib/'],
        enableMessaging: true,
        threadPool: { corePoolSize: 4, maxPoolSize: 16, queueCapacity: 200, keepAlive: 30 },
        args: ['--port', '8081', 'two words'],
        host: 'jvm.tools',
        version: '>=17',
        reloadable: true,
        daemon: false,
        ports: [8081, 8082],
      },
      properties: { 'db.url': 'jdbc:h2:mem:orders', 'server.port': '8081', 'java.io.tmpdir': '/tmp/orders' },
      resources: { cpu: 1.5, memory: 256 * 2 ** 20, maxThreads: 40 },
      security: {
        allowReflection: false,
        allowNetworking: true,
        allowFileSystem: false,
        filePermissions: ['read /etc/orders/-'],
        socketPermissions: { 'db:5432': 'connect' },
      },
      volumes: [{ name: 'data', path: '/data', type: 'persistent', size: 100 * 2 ** 20 }],
    });
    expect(dependencies.map(({ id }) => id)).toEqual(['db', 'jvm.tools']);
  });

  it('means the same in both dialects', async () => {
    const flat = await load(`applicationId: a
mainClass: x.Main
classpath: "file:///a.jar, lib/*"
threadPool: { maxPoolSize: 3 }
properties:
  java.type: job
  java.jvm: own
  java.home: /usr/lib/jvm/x
  java.jvmArgs: "-Xss1m -ea"
  java.heap: 64MiB
  java.untrusted: "true"
  java.threadPool.corePoolSize: "2"
  java.threadPool.keepAlive: 1m
`);
    const typed = await load(`applicationId: a
java:
  mainClass: x.Main
  classpath: ["file:///a.jar", "lib/*"]
  type: job
  jvm: own
  home: /usr/lib/jvm/x
  jvmArgs: [-Xss1m, -ea]
  heap: 64MiB
  threadPool: { corePoolSize: 2, maxPoolSize: 3, keepAlive: 60 }
security: { untrusted: true }
`);
    expect(flat.errors).toEqual([]);
    expect(typed.errors).toEqual([]);
    expect(one(flat.workloads, 'a').spec).toEqual(one(typed.workloads, 'a').spec);
  });

  it('takes a class path as one text, parted as Java parts it', async () => {
    const { workloads } = await load(
      'applicationId: a\njava: { mainClass: x.Main, classpath: "a.jar:lib/*:file:///b.jar:file:/c d/:" }\n',
    );
    expect(one(workloads, 'a').spec.java?.classpath).toEqual(['a.jar', 'lib/*', 'file:///b.jar', 'file:/c d/']);
  });

  it('becomes a job where it is to be completed, unless it says that it is a service', async () => {
    const dependent = 'applicationId: x\nnative: { command: x }\ndependencies: [{ id: a, condition: completed }]\n';
    const { workloads, errors } = await load(`applicationId: a\nmainClass: x.Main\n---\n${dependent}`);
    expect(errors).toEqual([]);
    expect(one(workloads, 'a').spec.java?.type).toBe('job');
    expect(await errorsOf(`applicationId: a\njava: { mainClass: x.Main, type: service }\n---\n${dependent}`)).toContain(
      'PJ1044 `x` waits for `a` to be completed, but its type is service',
    );
  });

  it('shares the ports of this host with all others', async () => {
    expect(
      await errorsOf(
        'applicationId: a\njava: { mainClass: x.Main, ports: [8080] }\n---\napplicationId: b\njava: { mainClass: x.Main, ports: [8080] }\n',
      ),
    ).toContain('PJ1043 `a` and `b` both take port 8080 of this host');
  });
});
