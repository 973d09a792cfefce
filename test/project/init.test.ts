import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { formatProject } from '../../src/project/fmt.ts';
import { initProject } from '../../src/project/init.ts';
import { EXAMPLES } from '../support/pj.ts';
import { environment, failure, type Opened, opened, sleeper } from './ground.ts';

let here: Opened | undefined;
afterEach(async () => {
  await here?.pj.cleanUp();
  here = undefined;
});

describe('init', () => {
  it.each(['shop', '2024', 'true', '.hidden', 'with space'])(
    'in a folder called %s makes a project that is valid',
    async (name) => {
      const o = opened({});
      here = o;
      const dir = join(o.pj.dir, name);
      expect(await initProject(dir, { env: environment(o.pj) })).toEqual(['pj.yaml', 'hello.yaml', '.gitignore']);
      const { errors, workloads, config } = await o.again({ dir }).validate();
      expect(errors).toEqual([]);
      expect(workloads.map(({ id }) => id)).toEqual(['hello']);
      expect(typeof config.name).toBe('string');
      expect(await formatProject(dir, { write: false })).toEqual([]);
    },
  );

  it('writes what fmt leaves as it is', async () => {
    const o = opened({});
    here = o;
    await o.pj.ok(['init']);
    expect((await o.pj.ok(['fmt', '--check'])).stdout).toBe('');
    o.pj.write({ 'hello.yaml': o.pj.read('hello.yaml').replace('["-e"', '[ "-e"') });
    expect((await o.pj.ok(['fmt', '--check'], {}, 1)).stdout).toBe('hello.yaml\n');
  });

  it.each(readdirSync(EXAMPLES))('the example %s is in the style of fmt', async (name) => {
    expect(await formatProject(join(EXAMPLES, name), { write: false })).toEqual([]);
  });

  it('from another folder copies all or nothing, and writes the project file that it lacks', async () => {
    const o = opened({ 'from/a.yaml': sleeper('a'), 'from/sub/b.yaml': sleeper('b'), 'from/.pj/state.json': 'x' });
    here = o;
    const [dir, from] = [join(o.pj.dir, 'to'), join(o.pj.dir, 'from')];
    mkdirSync(join(dir, 'sub'), { recursive: true });
    writeFileSync(join(dir, 'sub/b.yaml'), '# mine\n');
    const env = environment(o.pj);
    expect(await failure(initProject(dir, { from, env }))).toMatchObject({ code: 'PJ6097' });
    expect(await failure(initProject(join(o.pj.dir, 'x'), { from: join(o.pj.dir, 'nowhere'), env }))).toMatchObject({
      code: 'PJ1007',
    });
    expect(readFileSync(join(dir, 'sub/b.yaml'), 'utf8')).toBe('# mine\n');
    const other = join(o.pj.dir, 'other');
    expect(await initProject(other, { from, env })).toEqual(['a.yaml', 'pj.yaml', 'sub/b.yaml', '.gitignore']);
    expect(await failure(initProject(other, { env }))).toMatchObject({ code: 'PJ6096' });
  });
});
