import { afterEach, describe, expect, it } from 'vitest';
import { PjError } from '../../src/errors.ts';
import { systemClock } from '../../src/project/clock.ts';
import { formatProject } from '../../src/project/fmt.ts';
import { record, step } from '../state/samples.ts';
import { failure, type Opened, opened, sleeper, storeOf } from './ground.ts';

let here: Opened | undefined;
afterEach(async () => {
  await here?.pj.cleanUp();
  here = undefined;
});

describe('doctor', () => {
  it('tells what this machine can run, and how state and descriptors are', async () => {
    const o = opened({ 'a.yaml': 'applicationId: a\nexternal: { address: 192.0.2.1 }\n' });
    here = o;
    const fresh = await o.project.doctor();
    // Whether there are engines for containers and machines is the machine's business; that it is told is ours.
    const told = fresh.providers.map(({ provider, usable }) => [
      provider,
      ['container', 'vm', 'java', 'jvm'].includes(provider) ? 'told' : usable,
    ]);
    expect(told).toEqual([
      ['native', true],
      ['container', 'told'],
      ['vm', 'told'],
      ['java', 'told'],
      ['jvm', 'told'],
      ['external', true],
    ]);
    expect(fresh.state).toEqual({ ok: true, message: 'no state yet' });
    await o.project.apply();
    const signal = new AbortController().signal;
    const session = await storeOf(o.pj).open({ operation: 'apply', lockTimeout: 0, emit: () => undefined, signal });
    await session.intent({ step: step('create', 'b'), before: null, after: record('b') });
    await session.close();
    o.pj.write({ 'broken.yaml': 'applicationId: [' });
    const later = await o.project.doctor();
    expect(later.state).toMatchObject({ ok: false, message: expect.stringContaining('1 steps of a killed run') });
    expect(later.descriptors).toMatchObject({ ok: false, message: '1 workloads, 1 errors' });
    o.pj.write({ '.pj/state.json': '{' });
    expect((await o.project.doctor()).state).toMatchObject({
      ok: false,
      message: expect.stringContaining('state.json'),
    });
  });
});

describe('what a provider cannot hold', () => {
  it('is told with its place, all of it, before anything is done', async () => {
    const unknownUser = (id: string) => sleeper(id).replace('100000"]', '100000"], user: nobody-has-this-name');
    const o = opened({ 'a.yaml': unknownUser('a') });
    here = o;
    const one = await failure(o.project.apply());
    expect(one).toMatchObject({ code: 'PJ5000', places: [{ file: 'a.yaml', line: 2, column: 56 }] });
    expect(one).toMatchObject({ frames: [expect.stringMatching(/^ +\| +\^{20}$/m)] });
    o.pj.write({ 'b.yaml': unknownUser('b') });
    const two = await failure(o.project.plan());
    expect(two).toMatchObject({ code: 'PJ1000', others: [{ code: 'PJ5000' }, { code: 'PJ5000' }] });
    expect(await o.recorded()).toEqual([]);
  });
});

describe('what cannot be held here', () => {
  it('is all told, of every kind, each with its place and the line', async () => {
    const o = opened({
      'a.yaml': sleeper('a').replace('/bin/sleep', 'no-such-program'),
      'b.yaml':
        '# two\napplicationId: b\nreplicas: 2\njava:\n  jar: x.jar\n  jvm: own\n---\napplicationId: c\nkind: java\njava: { jar: y.jar, jvm: own }\n',
    });
    here = o;
    const thrown = await failure(o.project.plan());
    if (!(thrown instanceof PjError)) throw thrown;
    expect(thrown.code).toBe('PJ1000');
    const told = thrown.others
      .filter(({ message }) => !message.includes('no Java'))
      .map(({ code, places, frames }) => [
        code,
        ...places.map(({ file, line, column }) => `${file}:${line}:${column}`),
        ...frames.map((frame) => /^> .*\| (.*)$/m.exec(frame)?.[1]),
      ]);
    expect(told).toEqual([
      ['PJ5000', 'a.yaml:2:20', 'native: { command: no-such-program, args: ["100000"] }'],
      ['PJ5000', 'b.yaml:5:8', '  jar: x.jar'],
      ['PJ5000', 'b.yaml:5:8', '  jar: x.jar'],
      ['PJ5000', 'b.yaml:10:14', 'java: { jar: y.jar, jvm: own }'],
    ]);
    const excludes = ['a', 'b-0', 'b-1'];
    expect(await failure(o.project.plan({ excludes }))).toBeInstanceOf(PjError);
    expect((await o.project.plan({ excludes: [...excludes, 'c'] })).summary.add).toBe(0);
  });
});

describe('fmt', () => {
  it('names what is not in the one style, rewrites it only when asked, and then has nothing left to do', async () => {
    const text = '# kept\napplicationId:   a\nexternal:   {address: 192.0.2.1}\n';
    const o = opened({ 'a.yaml': text });
    here = o;
    expect(await formatProject(o.pj.dir, { write: false })).toEqual(['a.yaml']);
    expect(o.pj.read('a.yaml')).toBe(text);
    expect(await formatProject(o.pj.dir, { write: true })).toEqual(['a.yaml']);
    expect(o.pj.read('a.yaml')).toContain('# kept');
    expect(await formatProject(o.pj.dir, { write: false })).toEqual([]);
  });
});

describe('the agent of a project', () => {
  it('is started, told of, described and ended; what it watches runs on', async () => {
    const o = opened({ 'a.yaml': sleeper('a') });
    here = o;
    const { agent } = o.project;
    expect(await agent.status()).toEqual({ running: false, unwatched: [] });
    expect((await agent.start()).started).toBe(true);
    expect((await agent.start()).started).toBe(false);
    await o.project.apply();
    expect(await agent.stop()).toEqual({ stopped: true, left: [expect.stringContaining('a')] });
    expect(await agent.status()).toMatchObject({ running: false, unwatched: [expect.stringContaining('a')] });
    expect(o.pj.processes()).toHaveLength(1);
    expect((await agent.unit()).text).toContain(o.project.dir);
  });
});

describe('the clock', () => {
  it('sleeps, and wakes at once when it is told to', async () => {
    const begun = systemClock.monotonic();
    await systemClock.sleep(5);
    expect(systemClock.monotonic() - begun).toBeGreaterThanOrEqual(4);
    const wake = new AbortController();
    const sleeping = systemClock.sleep(60_000, wake.signal);
    wake.abort();
    await sleeping;
    await systemClock.sleep(60_000, wake.signal);
    expect(systemClock.monotonic() - begun).toBeLessThan(10_000);
  });
});
