import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { readRecord } from '../test/engines/record.ts';
import { compile } from '../test/support/java-hosts.ts';
import { markedProcesses } from '../test/support/pj.ts';
import { type Cost, cost, interleaved, ms, must } from './measure.ts';
import { figureRow, missingRow, type Row, ratioRow } from './report.ts';
import type { Bench } from './run.ts';

/** How many applications are deployed, and how many a plan looks at. */
const SMALL = 20;
const MANY = 100;
/** Below those that the kernel gives out. */
const FIRST_PORT = 21_000 + 100 * ((randomBytes(1)[0] ?? 0) % 90);

/** A web server as small as can be; without a port it only waits. */
const SOURCE = `import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
public final class Small {
    public static void main(String[] args) throws Exception {
        if (args.length == 0) Thread.sleep(Long.MAX_VALUE);
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(args[0])), 0);
        server.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, 2);
            exchange.getResponseBody().write("ok".getBytes());
            exchange.close();
        });
        server.start();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> server.stop(0)));
    }
}
`;

/** Applications of that class in the JVM \`jvm.default\`. */
function pjApplications(dir: string, name: string, classes: string, n: number, port?: number): string {
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, 'pj.yaml'), `name: ${name}\n`);
  let text = '';
  for (let i = 0; i < n; i++) {
    const args = port === undefined ? '' : `, args: ["${port + i}"]`;
    text += `---\napplicationId: a${i}\njava: { mainClass: Small, classpath: [${classes}]${args} }\n`;
  }
  writeFileSync(join(dir, 'main.yaml'), text);
  return dir;
}

/** Java applications in one JVM against a JVM for each. */
export async function javaGroup(bench: Bench): Promise<Row[]> {
  const { java } = readRecord();
  if (java === undefined || !('up' in java)) return [missingRow('Java applications', 'npm run engines:up first')];
  const { home } = java.up;
  const classes = join(bench.scratch, 'small');
  await compile(home, classes, { 'Small.java': SOURCE });
  const tag = randomBytes(4).toString('hex');
  const env = { JAVA_HOME: home, PATH: `${home}/bin:${process.env['PATH'] ?? ''}` };
  const pj = (dir: string, ...args: string[]) => cost([...bench.pj, ...args, '--dir', dir, '--no-color'], { env });
  return [...(await deploy(bench, tag, classes, home, pj)), ...(await plan(bench, tag, classes, pj))];
}

type Pj = (dir: string, ...args: string[]) => Promise<Cost>;

/** Waits until all of them answer. Throws after a minute. */
async function allAnswer(): Promise<void> {
  const end = performance.now() + 60_000;
  await Promise.all(
    Array.from({ length: SMALL }, async (_, i) => {
      for (;;) {
        const ok = await fetch(`http://127.0.0.1:${FIRST_PORT + i}/`).then(
          (response) => response.ok,
          () => false,
        );
        if (ok) return;
        if (performance.now() > end) throw new Error(`nobody answers on port ${FIRST_PORT + i}`);
        await new Promise((next) => setTimeout(next, 10));
      }
    }),
  );
}

/** A run, and then the wait until all of them answer. */
async function untilAnswered(running: Promise<Cost>): Promise<Cost> {
  const begun = performance.now();
  const done = await must(running);
  await allAnswer();
  return { ...done, ms: performance.now() - begun };
}

/** MiB that these processes hold in memory; what several of them share counts once (Pss). */
function resident(pids: readonly number[]): number {
  const kib = pids.map((pid) => Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1]));
  return kib.reduce((sum, one) => sum + one, 0) / 1024;
}

async function deploy(bench: Bench, tag: string, classes: string, home: string, pj: Pj): Promise<Row[]> {
  const dir = pjApplications(join(bench.scratch, 'java'), `bench-${tag}`, classes, SMALL, FIRST_PORT);
  // A shell loop; it prints the pids.
  const loop = `for i in $(seq 0 ${SMALL - 1}); do "$0" -cp "$1" Small $((${FIRST_PORT} + i)) >/dev/null 2>&1 & echo $!; done`;
  const memory = { pj: 0, loop: 0 };
  let started: number[] = [];
  try {
    const costs = await interleaved(
      [
        {
          name: 'pj',
          before: async () => void (await must(pj(dir, 'agent', 'start'))),
          run: () => untilAnswered(pj(dir, 'apply', '--auto-approve')),
          after: async () => {
            memory.pj = resident([hostOf(dir).pid]);
            await must(pj(dir, 'destroy', '--auto-approve'));
          },
        },
        {
          name: 'loop',
          run: async () => {
            const run = cost(['/bin/sh', '-c', loop, `${home}/bin/java`, classes]);
            run.then(({ output }) => (started = output.trim().split('\n').map(Number))).catch(() => undefined);
            return untilAnswered(run);
          },
          after: async () => {
            memory.loop = resident(started);
            await end(started);
            started = [];
          },
        },
      ],
      bench.quick ? 3 : 7,
    );
    return [
      ratioRow(
        `deploy of ${SMALL} small Java applications, until all answer, in a shared JVM against ${SMALL} JVMs of a shell loop`,
        ms(costs.get('pj')),
        ms(costs.get('loop')),
        0.15,
      ),
      ratioRow(
        `resident memory of the shared JVM against that of the ${SMALL} JVMs`,
        memory.pj,
        memory.loop,
        0.2,
        'MiB',
      ),
    ];
  } finally {
    await end(started);
    await pj(dir, 'destroy', '--auto-approve');
  }
}

/** Kills processes that were started here, and waits for their end. */
async function end(pids: readonly number[]): Promise<void> {
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  const there = (pid: number) => {
    try {
      return /^State:\s+[^ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
    } catch {
      return false;
    }
  };
  while (pids.some(there)) await new Promise((next) => setTimeout(next, 20));
}

/** The host JVM of a project: its process, and its socket. */
function hostOf(dir: string): { pid: number; socket: string } {
  const state = readFileSync(join(dir, '.pj/state.json'), 'utf8');
  const lineage = /"lineage":\s*"([^"]+)"/.exec(state)?.[1] ?? '';
  const host = markedProcesses(lineage).find(({ id }) => id === 'jvm.default');
  const words = host === undefined ? [] : readFileSync(`/proc/${host.pid}/cmdline`, 'utf8').split('\0');
  const socket = words[words.indexOf('--socket') + 1];
  if (host === undefined || socket === undefined) throw new Error('the JVM jvm.default does not run');
  return { pid: host.pid, socket };
}

/** Stands before a socket and counts the requests, a line each. */
async function counting(socket: string): Promise<{ requests: () => number; stop(): Promise<void> }> {
  const behind = `${socket}.behind`;
  renameSync(socket, behind);
  let lines = 0;
  const open = new Set<Socket>();
  const server: Server = createServer((near) => {
    open.add(near);
    const far = createConnection(behind);
    near.on('data', (data) => {
      lines += data.toString('latin1').split('\n').length - 1;
      far.write(data);
    });
    far.on('data', (data) => near.write(data));
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.on('error', () => other.destroy());
      one.on('close', () => other.end());
    }
  });
  await new Promise<void>((listening) => server.listen(socket, listening));
  return {
    requests: () => lines,
    async stop() {
      // The agent may have come this way too, and stays.
      for (const one of open) one.destroy();
      await new Promise((closed) => server.close(closed));
      rmSync(socket, { force: true });
      renameSync(behind, socket);
    },
  };
}

async function plan(bench: Bench, tag: string, classes: string, pj: Pj): Promise<Row[]> {
  const dir = pjApplications(join(bench.scratch, 'java-many'), `bench100-${tag}`, classes, MANY);
  const list = join(bench.scratch, 'list.mjs');
  writeFileSync(
    list,
    `import { createConnection } from 'node:net';
const connection = createConnection(process.argv[2]);
let text = '';
connection.on('data', (data) => { text += data; if (text.endsWith('\\n')) { JSON.parse(text); process.exit(0); } });
connection.write('{"id":1,"method":"list","params":{}}\\n');
`,
  );
  try {
    await must(pj(dir, 'apply', '--auto-approve'));
    const { socket } = hostOf(dir);
    // The agent, which looks at its hosts every 2 s, is on its own connection by then.
    await new Promise((next) => setTimeout(next, 2_500));
    const counted = await counting(socket);
    let requests: number;
    try {
      await must(pj(dir, 'plan', '--detailed-exitcode'));
      requests = counted.requests();
    } finally {
      await counted.stop();
    }
    const costs = await interleaved(
      [
        { name: 'pj', run: () => pj(dir, 'plan', '--detailed-exitcode') },
        { name: 'list', run: () => cost([process.execPath, list, socket]) },
      ],
      bench.quick ? 7 : 15,
    );
    return [
      figureRow(`round trips to the host of a no-op plan of ${MANY} Java applications`, requests, 1, ''),
      ratioRow(
        `no-op plan of ${MANY} Java applications against a bare Node script that makes that round trip`,
        ms(costs.get('pj')),
        ms(costs.get('list')),
        6,
      ),
    ];
  } finally {
    await pj(dir, 'destroy', '--auto-approve');
  }
}
