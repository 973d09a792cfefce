import { cpSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { formatProject } from '../../src/project/fmt.ts';
import { importCompose } from '../../src/project/import-compose.ts';
import { environment, failure, type Opened, opened } from './ground.ts';

const SHOP = join(import.meta.dirname, '../compose/shop');
const VALUES = ['hunter2', 'r3dis', 'correct-horse', 'p4ss'];

let here: Opened | undefined;
afterEach(async () => {
  await here?.pj.cleanUp();
  here = undefined;
});

/** A scratch folder with the shop in it. */
function shop(): Opened {
  const o = opened({});
  here = o;
  cpSync(SHOP, o.pj.dir, { recursive: true });
  return o;
}

const run = (o: Opened, out = o.pj.dir) => importCompose(out, [join(o.pj.dir, 'compose.yaml')], environment(o.pj));

/** All that was written, as one text. */
function written(o: Opened, out: string): string {
  const own = new Set(readdirSync(SHOP));
  return readdirSync(join(o.pj.dir, out))
    .filter((name) => !own.has(name) && name !== '.pj')
    .map((name) => o.pj.read(join(out, name)))
    .join('\n');
}

describe('import --compose', () => {
  it.each(['.', 'out'])(
    'of a whole shop into %s makes a project that is valid, in style, and without a secret',
    async (out) => {
      const o = shop();
      const dir = join(o.pj.dir, out);
      const done = await run(o, dir);
      const { errors, warnings, workloads, config } = await o.again({ dir }).validate();
      expect(errors).toEqual([]);
      expect(warnings.map(({ message }) => message)).toEqual([]);
      expect(config.name).toBe('shop');
      expect(workloads.map(({ id }) => id)).toEqual([
        'api-0',
        'api-1',
        'assets',
        'cache',
        'db',
        'debug',
        'network.back',
        'network.default',
        'network.front',
        'proxy',
        'volume.data',
        'volume.static',
      ]);
      expect(await formatProject(dir, { write: false })).toEqual([]);
      for (const value of VALUES) {
        expect(written(o, out)).not.toContain(value);
        expect(JSON.stringify(done)).not.toContain(value);
      }
      expect(done.files.every(({ path }) => existsSync(join(dir, path)))).toBe(true);
      expect(done.secrets.map(({ name }) => name).sort()).toEqual([
        'CACHE_URL',
        'DB_PASSWORD',
        'REDIS_PASSWORD',
        'SESSION_SECRET',
      ]);
      expect(done.missing).toBeUndefined();
    },
  );

  it('lists what pj does not do, the unheard-of too', async () => {
    const { notes } = await run(shop());
    const keys = notes.map(({ key }) => key);
    for (const key of [
      'services.api.build',
      'services.db.colour',
      'networks.front.flavour',
      'networks.corporate',
      'volumes.archive',
    ])
      expect(keys).toContain(key);
    expect(notes.find(({ key }) => key === 'services.db.colour')?.place).toMatchObject({
      file: expect.stringMatching(/compose\.yaml$/),
    });
  });

  it('writes over nothing: not one file when one is there', async () => {
    const o = shop();
    o.pj.write({ 'db.yaml': '# mine\n' });
    expect(await failure(run(o))).toMatchObject({ code: 'PJ6097' });
    expect(o.pj.read('db.yaml')).toBe('# mine\n');
    expect(existsSync(join(o.pj.dir, 'pj.yaml'))).toBe(false);
    expect(existsSync(join(o.pj.dir, 'api.yaml'))).toBe(false);
  });

  it('tells what a project file that is there has to say', async () => {
    const o = shop();
    o.pj.write({ 'pj.yaml': 'name: mine\n' });
    const { missing } = await run(o);
    expect(o.pj.read('pj.yaml')).toBe('name: mine\n');
    o.pj.write({ 'pj.yaml': `name: mine\n${missing}` });
    expect((await o.project.validate()).errors).toEqual([]);
  });

  it('writes nothing when something is wrong, and tells all of it', async () => {
    const o = opened({
      'compose.yaml': 'services:\n  a: { image: "${X:?set X}" }\n  b: { image: a, depends_on: [c] }\n',
    });
    here = o;
    const error = await failure(run(o, join(o.pj.dir, 'out')));
    expect(error).toMatchObject({ code: 'PJ1000', others: [{ code: 'PJ1071' }, { code: 'PJ1072' }] });
    expect(readdirSync(o.pj.dir)).toEqual(['compose.yaml']);
  });
});
