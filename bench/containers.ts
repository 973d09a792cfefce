import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readRecord } from '../test/engines/record.ts';
import { type Cost, cost, interleaved, ms, must } from './measure.ts';
import { pjExternals } from './projects.ts';
import { missingRow, type Row, ratioRow } from './report.ts';
import type { Bench } from './run.ts';

/** n containers that do nothing, for pj: on the engine's default bridge, ended at once when they are stopped. */
function pjContainers(dir: string, name: string, image: string, n: number): string {
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, 'pj.yaml'), `name: ${name}\n`);
  let text = '';
  for (let i = 0; i < n; i++)
    text += `---\napplicationId: c${i}\ncontainer:\n  runtime: docker\n  image: ${image}\n  command: [sleep, "100000"]\nstop: { signal: SIGKILL }\n`;
  writeFileSync(join(dir, 'main.yaml'), text);
  return dir;
}

/** The same containers for docker-compose. */
function composeProject(dir: string, image: string, n: number): string {
  mkdirSync(dir, { recursive: true });
  let text = 'version: "3.7"\nservices:\n';
  for (let i = 0; i < n; i++)
    text += `  c${i}:\n    image: ${image}\n    command: [sleep, "100000"]\n    network_mode: bridge\n    stop_signal: SIGKILL\n`;
  writeFileSync(join(dir, 'docker-compose.yml'), text);
  return dir;
}

/** The same create and start calls and nothing else, ten at once: what the engine alone takes. */
function bareScript(dir: string): string {
  mkdirSync(dir, { recursive: true });
  const file = join(dir, 'bare.mjs');
  writeFileSync(
    file,
    `import { Agent, request } from 'node:http';
const [socketPath, image, name, n, what] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true });
const call = (method, path, body) => new Promise((done, fail) => {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const req = request({ socketPath, agent, method, path: '/v1.41' + path, headers: text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) } }, (res) => {
    let data = '';
    res.on('data', (more) => (data += more));
    res.on('end', () => (res.statusCode < 400 ? done(data) : fail(new Error(data))));
  });
  req.on('error', fail);
  req.end(text);
});
const left = Array.from({ length: Number(n) }, (_, i) => name + i);
const one = async (id) => {
  if (what === 'down') return call('DELETE', '/containers/' + id + '?force=1');
  const { Id } = JSON.parse(await call('POST', '/containers/create?name=' + id, { Image: image, Cmd: ['sleep', '100000'], StopSignal: 'SIGKILL', HostConfig: { NetworkMode: 'bridge', RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 5 } } }));
  await call('POST', '/containers/' + Id + '/start');
};
await Promise.all(Array.from({ length: 10 }, async () => { for (let id = left.shift(); id !== undefined; id = left.shift()) await one(id); }));
process.exit(0);
`,
  );
  return file;
}

/** Containers on Docker against the bare calls and Debian's docker-compose. */
export async function containersGroup(bench: Bench): Promise<Row[]> {
  const { docker, registry } = readRecord();
  if (docker === undefined || registry === undefined || !('up' in docker) || !('up' in registry))
    return [missingRow('containers', 'npm run engines:up first')];
  const { socket } = docker.up;
  const image = registry.up.images.busybox;
  const tag = randomBytes(4).toString('hex');
  const env = { DOCKER_HOST: `unix://${socket}` };
  const compose = await cost(['docker-compose', 'version'], { env }).then(
    ({ code }) => code === 0,
    () => false,
  );
  const ours = pjContainers(join(bench.scratch, 'containers'), `bench-${tag}`, image, 30);
  const theirs = composeProject(join(bench.scratch, `compose${tag}`), image, 30);
  const bare = bareScript(join(bench.scratch, 'bare'));
  const pj = (dir: string, ...args: string[]) => cost([...bench.pj, ...args, '--dir', dir, '--no-color'], { env });
  const bareRun = (what: string) => cost([process.execPath, bare, socket, image, `bare-${tag}-`, '30', what]);
  const composeRun = (...args: string[]) => cost(['docker-compose', '--no-ansi', ...args], { cwd: theirs, env });
  const rows: Row[] = [];
  try {
    await must(pj(ours, 'apply', '--auto-approve')); // pulls the image
    await must(pj(ours, 'destroy', '--auto-approve'));
    const made = await interleaved(
      [
        {
          name: 'pj',
          run: () => pj(ours, 'apply', '--auto-approve'),
          after: async () => void (await must(pj(ours, 'destroy', '--auto-approve'))),
        },
        { name: 'bare', run: () => bareRun('up'), after: async () => void (await must(bareRun('down'))) },
        ...(compose
          ? [
              {
                name: 'compose',
                run: () => composeRun('up', '-d'),
                after: async () => void (await must(composeRun('down', '-t', '0'))),
              },
            ]
          : []),
      ],
      bench.quick ? 3 : 7,
    );
    rows.push(ratioRow('apply of 30 containers against the bare calls', ms(made.get('pj')), ms(made.get('bare')), 1.1));
    if (compose)
      rows.push(
        ratioRow(
          'apply of 30 containers against `docker-compose up -d`',
          ms(made.get('pj')),
          ms(made.get('compose')),
          0.85,
        ),
      );
    else
      rows.push(missingRow('apply of 30 containers against `docker-compose up -d`', 'docker-compose is not on PATH'));

    await must(pj(ours, 'apply', '--auto-approve'));
    if (compose) await must(composeRun('up', '-d'));
    if (compose) {
      const none = await interleaved(
        [
          { name: 'pj', run: () => pj(ours, 'plan') },
          { name: 'compose', run: () => composeRun('up', '-d') },
        ],
        bench.quick ? 5 : 11,
      );
      rows.push(
        ratioRow('no-op plan of 30 containers against no-op `up -d`', ms(none.get('pj')), ms(none.get('compose')), 0.6),
      );
      await must(composeRun('down', '-t', '0'));
    }
    await must(pj(ours, 'destroy', '--auto-approve'));
    rows.push(await hundred(bench, image, tag, pj));
  } finally {
    await pj(ours, 'destroy', '--auto-approve');
    await bareRun('down').catch(() => undefined);
    if (compose) await composeRun('down', '-t', '0');
  }
  return rows;
}

async function hundred(
  bench: Bench,
  image: string,
  tag: string,
  pj: (dir: string, ...args: string[]) => Promise<Cost>,
): Promise<Row> {
  const containers = pjContainers(join(bench.scratch, 'hundred'), `bench100-${tag}`, image, 100);
  const externals = pjExternals(join(bench.scratch, 'hundred-externals'), 100);
  try {
    await must(pj(containers, 'apply', '--auto-approve'));
    await must(pj(externals, 'apply', '--auto-approve'));
    const none = await interleaved(
      [
        { name: 'containers', run: () => pj(containers, 'plan') },
        { name: 'externals', run: () => pj(externals, 'plan') },
      ],
      bench.quick ? 7 : 15,
    );
    return ratioRow(
      'no-op plan of 100 containers against 100 externals',
      ms(none.get('containers')),
      ms(none.get('externals')),
      1.3,
    );
  } finally {
    await pj(containers, 'destroy', '--auto-approve');
  }
}
