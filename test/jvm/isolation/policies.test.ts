import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { IsolationDriver, type Jdk, javaMissing, jdks } from './driver.ts';

const missing = javaMissing();
const found = missing === undefined ? await jdks() : [];
/** The last Java with a SecurityManager. */
const LAST = 23;
const FILES = ['readForbidden', 'writeGranted', 'climb', 'link', 'exec', 'privileged', 'commonPool', 'throughTheJdk'];
const SOCKETS = ['connectOther', 'listen'];
/** What no policy grants: other applications, the host, ways around the policy. */
const NEVER = ['library', 'foreignThreads', 'foreignByAll', 'insideTheHost', 'classOfTheHost', 'ownManager'];
const ALWAYS = ['readGranted', 'useVolume', 'readClassPath', 'connectGranted', 'reflectOwnPublic', 'ordinary'];

describe.skipIf(missing !== undefined)('security policies', () => {
  const driver = new IsolationDriver();
  const told = new Map<Jdk, Record<string, string>>();
  beforeAll(async () => {
    await driver.compile();
    for (const jdk of found)
      told.set(jdk, await driver.run(jdk, 'policies', [join(driver.dir, `acts-${jdk.feature}`)]));
  }, 180_000);
  afterAll(() => driver.clear());

  describe.each(found.filter(({ feature }) => feature <= LAST))('on Java $feature', (jdk) => {
    const of = (policy: string, act: string) => `${act}: ${told.get(jdk)?.[`${policy}.${act}`]}`;

    it.each([
      ['files', [...FILES, 'selfMadeLoader', 'unixSocket']],
      ['sockets', [...SOCKETS, 'unixSocket']],
      ['reflection', ['reflect']],
      ['all', [...FILES, ...SOCKETS, 'selfMadeLoader', 'unixSocket', 'reflect']],
    ])('%s: denies what its key says, and nothing else', (policy, denied) => {
      const all = [...FILES, ...SOCKETS, 'selfMadeLoader', 'unixSocket', 'reflect', ...NEVER, ...ALWAYS];
      const expected = all.map((act) => `${act}: ${denied.includes(act) || NEVER.includes(act) ? 'denied' : 'ok'}`);
      expect(all.map((act) => of(policy, act))).toEqual(expected);
    });

    it('leaves applications without a policy and the host alone', () => {
      for (const act of [...FILES, ...SOCKETS, ...ALWAYS, 'reflect', 'unixSocket'])
        expect(of('none', act)).toBe(`${act}: ok`);
      const free = ['readForbidden', 'exec', 'connectOther', 'reflect', 'ordinary', 'commonPool', 'selfMadeLoader'];
      for (const act of free) expect(of('free', act)).toBe(`${act}: ok`);
      expect(told.get(jdk)?.['host']).toBe('forbidden');
    });

    it('contains an exit that is hidden behind two reflections, where a SecurityManager is there', () => {
      expect(told.get(jdk)?.['all.hiddenExit']).toBe('[77]');
      expect(told.get(jdk)?.['free.hiddenExit']).toBe('io.pj.host.ExitError [77]');
    });
  });

  it.each(found)('says what it cannot hold or read, on Java $feature', (jdk) => {
    const lines = told.get(jdk) ?? {};
    expect(lines['available']).toBe(String(jdk.feature <= LAST));
    expect(lines['badRule']).toContain('the rule `fly /x` cannot be read');
    if (jdk.feature > LAST)
      expect(lines['all']).toBe(`Java ${jdk.feature}, as it was started, holds no security policies`);
  });
});
