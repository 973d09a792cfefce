import { PassThrough } from 'node:stream';
import { afterEach, expect, it } from 'vitest';
import { failure, type Opened, opened } from './ground.ts';

// What these do with machines is tried on real ones (test/e2e); here what is none.

let here: Opened | undefined;
afterEach(async () => {
  await here?.pj.cleanUp();
  here = undefined;
});

it('what only machines have is refused for all else, told why, and nothing is done or begun', async () => {
  const o = opened({ 'a.yaml': 'applicationId: ext\nexternal: { address: 192.0.2.1 }\n' });
  here = o;
  const { snapshots } = o.project;
  const streams = { stdin: undefined, stdout: new PassThrough(), stderr: new PassThrough() };
  const calls = (id: string) => [
    snapshots.create(id),
    snapshots.list(id),
    snapshots.revert(id, 's1'),
    snapshots.delete(id, 's1'),
    o.project.console(id, streams),
    o.project.migrate(id, 'qemu:///system'),
  ];
  const codes = async (id: string) => {
    const thrown = await Promise.all(calls(id).map((call) => failure(call)));
    return thrown.map((one) => (one instanceof Error && 'code' in one ? one.code : one));
  };
  expect(await codes('ext')).toEqual(Array(6).fill('PJ6091'));
  expect(await o.recorded()).toEqual([]);
  await o.project.apply();
  const before = o.audit().length;
  expect(await codes('ext')).toEqual([...Array(4).fill('PJ6102'), 'PJ6101', 'PJ5514']);
  expect(await failure(snapshots.create('ext'))).toMatchObject({ hint: expect.stringContaining('virtual machine') });
  expect(await codes('exd')).toEqual(Array(6).fill('PJ6091'));
  expect(o.audit().slice(before)).toMatchObject([
    { operation: 'migrate ext --to qemu:///system', result: 'error PJ5514' },
  ]);
});
