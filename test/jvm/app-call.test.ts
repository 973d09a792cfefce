import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appCallOf } from '../../src/jvm/app-call.ts';
import { socketFor } from '../../src/jvm/place.ts';
import { policyOf } from '../../src/jvm/policy.ts';
import type { Spec } from '../../src/model/spec.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'pj-call-'));
  mkdirSync(join(dir, 'classes'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const identity = { project: 'shop', lineage: 'l', id: 'web', generation: 2 };
const logs = { out: '/logs/out', err: '/logs/err' };
const callOf = (spec: Spec, volumes = [] as { name: string; path: string; size: number | null }[]) =>
  appCallOf({ identity, instance: 'i', spec, specDigest: 'd' }, { dir, volumes, logs });

describe('what a host is asked to run', () => {
  it('has every default filled in', () => {
    expect(callOf({ java: { mainClass: 'a.Main', classpath: ['classes'] } })).toEqual({
      key: 'web@2',
      id: 'web',
      generation: 2,
      lineage: 'l',
      instance: 'i',
      digest: 'd',
      mainClass: 'a.Main',
      classpath: [join(dir, 'classes')],
      args: [],
      properties: { 'pj.id': 'web', 'pj.project': 'shop' },
      type: 'service',
      daemon: false,
      messaging: false,
      threadPool: null,
      maxThreads: null,
      cpu: null,
      restart: { policy: 'on-failure', maxAttempts: 5, delay: 1, maxDelay: 60, resetAfter: 30 },
      gracePeriod: 10,
      security: null,
      volumes: [],
      logs,
    });
  });

  it('has what the spec says, and its volumes as properties, which its own may hide', () => {
    const volumes = [{ name: 'data', path: '/v/data', size: 5 }];
    const call = callOf(
      {
        properties: { 'pj.volume.data': '/mine', a: 'b' },
        resources: { cpu: 0.5, maxThreads: 9 },
        stop: { gracePeriod: 3 },
        java: {
          mainClass: 'a.Main',
          classpath: ['classes'],
          type: 'job',
          threadPool: { corePoolSize: 4 },
          daemon: true,
        },
      },
      volumes,
    );
    expect(call.properties).toEqual({ 'pj.id': 'web', 'pj.project': 'shop', 'pj.volume.data': '/mine', a: 'b' });
    expect(call).toMatchObject({ type: 'job', cpu: 0.5, maxThreads: 9, gracePeriod: 3, daemon: true, volumes });
    expect(call.restart.policy).toBe('no');
    expect(call.threadPool).toEqual({ corePoolSize: 4, maxPoolSize: 4, queueCapacity: 100, keepAlive: 60 });
  });

  it('is refused with all that is missing', () => {
    expect(() => callOf({ java: { mainClass: 'a.Main', classpath: ['gone', 'lost.jar'] } })).toThrow(
      expect.objectContaining({
        code: 'PJ5608',
        message: expect.stringMatching(/gone is not there; .*lost.jar is not there/),
      }),
    );
    expect(() => callOf({ java: { classpath: ['classes'] } })).toThrow('nothing names a main class');
  });
});

describe('a policy', () => {
  it('is none where nothing is said, and allows what is not spoken of', () => {
    expect(policyOf({}, dir)).toBeNull();
    expect(policyOf({ untrusted: false }, dir)).toBeNull();
    expect(policyOf({ allowNetworking: false }, dir)).toMatchObject({
      networking: false,
      fileSystem: true,
      reflection: true,
    });
  });

  it('allows only what is listed, where something is; paths are those of the project', () => {
    expect(policyOf({ filePermissions: ['read conf/-', 'read, write /data/*'] }, dir)).toMatchObject({
      fileSystem: false,
      networking: true,
      files: [
        { path: `${dir}/conf/-`, actions: 'read' },
        { path: '/data/*', actions: 'read,write' },
      ],
    });
    expect(
      policyOf(
        {
          filePermissions: { 'conf/-': 'read', '<<ALL FILES>>': 'read', x: 'read,write' },
          socketPermissions: ['connect db:5432'],
        },
        dir,
      ),
    ).toEqual({
      reflection: true,
      networking: false,
      fileSystem: false,
      files: [
        { path: `${dir}/conf/-`, actions: 'read' },
        { path: '<<ALL FILES>>', actions: 'read' },
        { path: `${dir}/x`, actions: 'read,write' },
      ],
      sockets: [{ address: 'db:5432', actions: 'connect' }],
    });
  });
});

describe('the socket of a host', () => {
  it('has a short path of its own', () => {
    expect(socketFor('/run/pj/x', 'jvm.default')).toMatch(/^\/run\/pj\/x\/jvm-[0-9a-f]{8}\/host$/);
    expect(socketFor('/run', 'jvm.a')).not.toBe(socketFor('/run', 'jvm.b'));
  });
});
