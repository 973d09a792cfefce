import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { IsolationDriver, javaMissing, jdks } from './driver.ts';

const missing = javaMissing();
const found = missing === undefined ? await jdks() : [];

describe.skipIf(missing !== undefined)('what concerns the whole JVM', () => {
  const driver = new IsolationDriver();
  beforeAll(() => driver.compile(), 60_000);
  afterAll(() => driver.clear());

  describe.each(found)('on Java $feature', (jdk) => {
    it('ends the application alone, whichever way it asks the JVM to exit', async () => {
      const ways = [
        ...['direct', 'methodReference', 'lambda', 'runtime', 'halt', 'boundReference', 'unboundReference'],
        ...['reflection', 'reflectionOfRuntime', 'reflectionOfAll', 'methodHandle', 'virtualHandle', 'afterSwitches'],
      ];
      const threads = ['ownThread', 'groupBelow'];
      const told = await driver.run(jdk, 'exits', [...ways, ...threads, 'commonPool']);
      for (const [i, way] of ways.entries()) expect([way, told[way]]).toEqual([way, `[${i + 1}] ExitError`]);
      for (const [i, way] of threads.entries()) expect([way, told[way]]).toEqual([way, `[${i + 14}] returned`]);
      expect(told['commonPool']).toBe('[16] ExitError');
      // The error that ends the thread is nobody's failure.
      expect(Object.keys(told).filter((name) => name.endsWith('.err') && told[name] !== '')).toEqual([]);
    }, 180_000);

    it('keeps hooks, streams, input, handlers and properties apart', async () => {
      const told = await driver.run(jdk, 'whole');
      expect(told).toMatchObject({
        hooks: '[kept]',
        'got.removed': 'true',
        'got.removedAgain': 'false',
        out: 'plain\\ntee wrapped\\nback\\n',
        'other.out': '',
        'other.err': 'Exception in thread "worker 7" java.lang.IllegalStateException: goes to err',
        'got.nothing': '-1',
        'got.something': '42',
        'got.uncaught': 'not caught',
        'got.handler': 'true',
      });
      expect(told['err']).toMatch(/^to err\\npj: URL\.setURLStreamHandlerFactory is left out: [^\n]*\\n$/);
      expect(told['err']?.match(/pj:/g)).toHaveLength(1);
      expect(told['securityManager.threw']).toContain('sets no SecurityManager');
    }, 180_000);

    it('gives each its own properties, and none of them to the host', async () => {
      const told = await driver.run(jdk, 'whole');
      expect(told).toMatchObject({
        'got.own': 'of app',
        'other.own': 'of other',
        'got.java': 'true',
        'got.integer': '17',
        'got.iterated': 'true',
        'got.derived': 'of app',
        'got.listed': 'true',
        'got.cloned': 'put by it',
        'got.stored': 'true',
        'got.otherThread': 'set by it',
        cleared: 'null',
        removedForIt: 'null',
        'third.got.only': 'mine of third',
        'third.got.afterReset': 'null true',
        'replaced.threw': 'null',
        'other.only': 'null',
        hostUnchanged: 'true',
      });
    }, 180_000);

    it('holds nothing of an application that was removed', async () => {
      expect((await driver.run(jdk, 'whole'))['collected']).toBe('true');
    }, 180_000);

    it('rewrites every class of the JDK that needs it, once, and no other', async () => {
      const told = await driver.run(jdk, 'rewrite');
      expect(Number(told['classes'])).toBeGreaterThan(5_000);
      expect(Number(told['changed'])).toBeGreaterThan(100);
      for (const fault of ['changedItsInput', 'missed', 'notAll', 'noGuard']) expect(told[fault]).toBeUndefined();
      expect(told['broken']).toBe('survived');
    }, 180_000);
  });
});
