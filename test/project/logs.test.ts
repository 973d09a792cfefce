import { afterEach, describe, expect, it } from 'vitest';
import { until } from '../support/pj.ts';
import { failure, type Opened, opened, sleeper } from './ground.ts';

let here: Opened | undefined;
afterEach(async () => {
  await here?.pj.cleanUp();
  here = undefined;
});

const talker = (id: string, text: string): string =>
  `applicationId: ${id}\nnative: { command: /bin/sh, args: ["-c", "echo ${text}; exec sleep 100000"] }\n`;

describe('logs', () => {
  it('of several, followed: whoever has heard enough need not wait for the quiet ones', async () => {
    const o = opened({ 'a.yaml': talker('a', 'hello'), 'b.yaml': sleeper('b') });
    here = o;
    await o.project.apply();
    const heard: string[] = [];
    const read = (async () => {
      for await (const { workload, text } of o.project.logs([], { follow: true })) {
        heard.push(`${workload}: ${text}`);
        break;
      }
      return true;
    })();
    let ended = false;
    void read.then(() => {
      ended = true;
    });
    await until('the end of the logs', () => ended, 60_000);
    expect(heard).toEqual(['a: hello']);
  });

  it('end with the files, each workload once however often it is named', async () => {
    const o = opened({ 'a.yaml': talker('a', 'one'), 'b.yaml': talker('b', 'two') });
    here = o;
    await o.project.apply();
    const lines = await until('both lines', async () => {
      const all: string[] = [];
      for await (const { workload, text } of o.project.logs(['a', 'b', 'a'])) all.push(`${workload}: ${text}`);
      return all.length >= 2 ? all.sort() : undefined;
    });
    expect(lines).toEqual(['a: one', 'b: two']);
  });

  it('of what has none, or is not there, are an error', async () => {
    const o = opened({ 'db.yaml': 'applicationId: db\nexternal: { address: 192.0.2.1 }\n' });
    here = o;
    const first = (id: string) => failure(o.project.logs([id])[Symbol.asyncIterator]().next());
    expect(await first('constructor')).toMatchObject({ code: 'PJ6091' });
    await o.project.apply();
    expect(await first('dd')).toMatchObject({ code: 'PJ6091', message: expect.stringContaining('db') });
    expect(await first('db')).toMatchObject({ code: 'PJ6092' });
  });
});
