import { afterEach, beforeEach, expect, it } from 'vitest';
import { Collector } from '../telemetry/collector.ts';
import { type Opened, opened, sleeper } from './ground.ts';

let here: Opened | undefined;
let collector: Collector;
beforeEach(async () => {
  collector = await new Collector().open();
});
afterEach(async () => {
  await here?.pj.cleanUp();
  here = undefined;
  await collector.close();
});

/** A project whose trace needs a header that this shell command gives. */
function project(script: string): Opened {
  const command = JSON.stringify(['/bin/sh', '-c', script]);
  const telemetry = `{ endpoint: "${collector.url}", headers: { x-key: { command: ${command} } } }`;
  here = opened({ 'pj.yaml': `agent: { telemetry: ${telemetry} }\n`, 'a.yaml': sleeper('a') });
  return here;
}

const warnings = (o: Opened) => o.events.flatMap((event) => (event.type === 'diagnostic' ? [event.summary] : []));

it('a header is asked for beside the work, and spans wait for it', async () => {
  const o = project('until test -e go; do sleep 0.05; done; echo mine');
  const onEvent: Parameters<Opened['again']>[0] = {
    onEvent(event) {
      o.events.push(event);
      // Were the header waited for first, there would be no plan before it is given up.
      if (event.type === 'plan_complete') o.pj.write({ go: '' });
    },
  };
  await o.again(onEvent).apply();
  expect(warnings(o)).toEqual([]);
  const sent = collector.requests.filter(({ path }) => path === '/v1/traces');
  expect(sent.map(({ headers }) => headers['x-key'])).toContain('mine');
  expect(new Set(sent.map(({ headers }) => headers['x-key']))).toEqual(new Set(['mine']));
  expect(collector.spans.map(({ name }) => name)).toContain('pj apply');
}, 120_000);

it('one that does not come is given up soon after the work, told, and nothing is sent without it', async () => {
  const o = project('exec sleep 1000');
  await o.project.apply();
  expect(await o.recorded()).toEqual(['a']);
  expect(warnings(o)).toEqual([expect.stringContaining('was not there 3 s after the end of the run')]);
  expect(collector.spans).toEqual([]);
}, 120_000);
