import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { CloudInit } from '../../../../src/model/vm-spec.ts';
import { run } from '../../../../src/os/exec.ts';
import { machineOf } from '../../../../src/providers/vm/machine.ts';
import { checkSeed } from '../../../../src/providers/vm/seed/check.ts';
import { makeSeed, seedFields } from '../../../../src/providers/vm/seed/seed.ts';
import { needs } from '../../../engines/engines.ts';

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ someone@there';

needs('guest')('cloud-init seeds', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'pj-seed-'));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));
  const machine = machineOf({ project: 'p', lineage: 'l', id: 'my_db', generation: 1 }, {}, '/');
  const context = { signal: new AbortController().signal, progress: () => undefined };
  const make = (cloudInit?: CloudInit) =>
    makeSeed(
      { machine, spec: { vm: cloudInit === undefined ? {} : { cloudInit } }, folder: dir, dir },
      { action: 'create', id: 'my_db' },
      context,
    );
  const check = (cloudInit: unknown) => checkSeed(machine, { vm: { cloudInit: cloudInit as CloudInit } }, dir);
  const read = async (image: string, name: string): Promise<string> =>
    (await run(['isoinfo', '-R', '-i', image, '-x', `/${name}`], { timeoutMs: 20_000 })).stdout;

  it('hold what the user wrote, with keys and name put in', async () => {
    const image = await make({
      userData: '#cloud-config\n# mine\npackages: [curl]\nssh_authorized_keys: [old]\n',
      hostname: 'db',
      sshKeys: [KEY],
      networkConfig: 'version: 2\n',
    });
    expect([image, (statSync(image ?? '').mode & 0o777).toString(8)]).toEqual([join(dir, 'seed.iso'), '644']);
    const userData = await read(image ?? '', 'user-data');
    expect(userData).toMatch(/^#cloud-config\n# mine\n/);
    expect(parse(userData)).toEqual({ packages: ['curl'], ssh_authorized_keys: ['old', KEY], hostname: 'db' });
    const meta = parse(await read(image ?? '', 'meta-data')) as Record<string, string>;
    expect(meta).toEqual({
      'local-hostname': 'db',
      'instance-id': expect.stringMatching(/^iid-[0-9a-f]{20}$/) as string,
    });
    expect(await read(image ?? '', 'network-config')).toBe('version: 2\n');
    const label = await run(['isoinfo', '-d', '-i', image ?? ''], { timeoutMs: 20_000 });
    expect(label.stdout).toContain('Volume id: cidata');
  });

  it('are written anew only for other words, which are another instance', async () => {
    const image = (await make({ sshKeys: [KEY] })) ?? '';
    const first = [statSync(image).ino, await read(image, 'meta-data')];
    expect(parse(await read(image, 'user-data'))).toEqual({ ssh_authorized_keys: [KEY] });
    await make({ sshKeys: [KEY] });
    expect([statSync(image).ino, await read(image, 'meta-data')]).toEqual(first);
    // A script cannot hold keys: they go where cloud-init finds them too.
    await make({ userData: '#!/bin/sh\ntrue\n', sshKeys: [KEY], metaData: 'local-hostname: own\n' });
    expect(await read(image, 'user-data')).toBe('#!/bin/sh\ntrue\n');
    expect(parse(await read(image, 'meta-data'))).toMatchObject({ 'local-hostname': 'own', 'public-keys': [KEY] });
    expect(await read(image, 'meta-data')).not.toBe(first[1]);
    expect(readdirSync(dir).sort()).toEqual(['seed.iso', 'seed.json']);
    expect(await make()).toBe(undefined);
    expect(readdirSync(dir)).toEqual([]);
  });

  it('tell when the file of the user changes', async () => {
    const cloudInit = { userDataFile: 'user-data.yaml' };
    const spec = { vm: { cloudInit } };
    writeFileSync(join(dir, 'user-data.yaml'), '#cloud-config\n{}\n');
    await make(cloudInit);
    expect(seedFields(spec, dir, dir)).toEqual({});
    writeFileSync(join(dir, 'user-data.yaml'), '#cloud-config\npackages: []\n');
    expect(seedFields(spec, dir, dir)).toEqual({ '/vm/cloudInit/userDataFile': 'user-data.yaml as it was' });
    await make(cloudInit);
    expect([seedFields(spec, dir, dir), readFileSync(join(dir, 'seed.json'), 'utf8').includes('packages')]).toEqual([
      {},
      false,
    ]);
  });

  it('are refused for what makes no sense', async () => {
    const secret = { $template: { parts: [{ secret: 'db' }], sensitive: true } };
    const told = async (cloudInit: unknown) =>
      (await check(cloudInit)).map(({ path, message }) => `${path} ${message}`);
    expect(await told({ userData: '#cloud-config\na: [\n' })).toEqual([
      expect.stringMatching(/^\/vm\/cloudInit\/userData it is no YAML: /),
    ]);
    expect(await told({ userData: '#cloud-config\n- a\n' })).toEqual([
      '/vm/cloudInit/userData it is no map of keys and values',
    ]);
    expect(await told({ userData: secret, userDataFile: 'none' })).toEqual([
      '/vm/cloudInit/userData the seed image is a file on this host, and pj writes no sensitive value into files',
      '/vm/cloudInit/userDataFile there is `userData` too',
    ]);
    expect(await told({ userDataFile: 'none' })).toEqual([expect.stringContaining('none is not there')]);
    expect(await told({ hostname: 'my_db', sshKeys: [KEY, '-----BEGIN OPENSSH PRIVATE KEY-----'] })).toEqual([
      '/vm/cloudInit/hostname my_db is no name for a host',
      '/vm/cloudInit/sshKeys/1 it is no public key',
    ]);
    expect(await told({ userData: '#!/bin/sh\na: [\n', sshKeys: [KEY] })).toEqual([]);
  });
});
