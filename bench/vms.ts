import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readRecord } from '../test/engines/record.ts';
import { freePort } from '../test/support/pj.ts';
import { type Cost, cost, interleaved, ms, must } from './measure.ts';
import { missingRow, type Row, ratioRow } from './report.ts';
import type { Bench } from './run.ts';

/** How often both sides ask whether the guest answers. */
const POLL_MS = 100;
/** How long one question may take: QEMU holds on to those that come before the guest has a network. */
const PROBE_MS = 500;
const MEMORY_MIB = 128;
const CMDLINE = 'console=ttyS0 quiet panic=1 swiotlb=noforce';

interface Guest {
  kernel: string;
  initrd: string;
}

/** Runs commands one after the other and then asks a url until it answers: what the runtime and the guest alone take. */
function bareScript(dir: string): string {
  mkdirSync(dir, { recursive: true });
  const file = join(dir, 'bare.mjs');
  writeFileSync(
    file,
    `import { spawn } from 'node:child_process';
const { commands, background, url } = JSON.parse(process.argv[2]);
const run = ([file, ...args]) => new Promise((done, fail) => spawn(file, args, { stdio: 'inherit' }).on('error', fail).on('close', (code) => (code === 0 ? done() : fail(new Error(file + ' exited ' + code)))));
for (const argv of commands) await run(argv);
if (background) { const [file, ...args] = background; const child = spawn(file, args, { detached: true, stdio: 'ignore' }); console.log(child.pid); child.unref(); }
const end = Date.now() + 60000;
for (;;) {
  const ok = await fetch(url, { signal: AbortSignal.timeout(${PROBE_MS}) }).then((r) => r.ok, () => false);
  if (ok) process.exit(0);
  if (Date.now() > end) process.exit(1);
  await new Promise((next) => setTimeout(next, ${POLL_MS}));
}
`,
  );
  return file;
}

const descriptor = (id: string, guest: Guest, vm: string, health: string): string => `---
applicationId: ${id}
vm:
  vcpu: 1
  memory: ${MEMORY_MIB}MiB
  kernel: ${guest.kernel}
  initrd: ${guest.initrd}
  cmdline: ${CMDLINE}
${vm}healthCheck: { url: "${health}", interval: ${POLL_MS}ms, timeout: ${PROBE_MS}ms }
stop: { gracePeriod: 0 }
`;

function project(dir: string, name: string, text: string): string {
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, 'pj.yaml'), `name: ${name}\n`);
  writeFileSync(join(dir, 'main.yaml'), text);
  return dir;
}

/** Virtual machines on libvirt and on QEMU against the bare tools. */
export async function vmsGroup(bench: Bench): Promise<Row[]> {
  const { guest, libvirt } = readRecord();
  if (guest === undefined || libvirt === undefined || !('up' in guest) || !('up' in libvirt))
    return [missingRow('virtual machines', 'npm run engines:up first')];
  const { uri, network } = libvirt.up;
  const env = { LIBVIRT_DEFAULT_URI: uri };
  const tag = randomBytes(4).toString('hex');
  const pj = (dir: string, ...args: string[]) => cost([...bench.pj, ...args, '--dir', dir, '--no-color'], { env });
  const bare = bareScript(join(bench.scratch, 'bare-vm'));
  const virsh = (...args: string[]) => must(cost(['virsh', '-q', '-c', uri, ...args]));
  return [
    await onLibvirt({ bench, guest: guest.up, uri, network, tag, pj, bare, virsh }),
    await onQemu({ bench, guest: guest.up, tag, pj, bare }),
    await twenty({ bench, guest: guest.up, uri, network, tag, pj, virsh }),
  ];
}

interface Scene {
  bench: Bench;
  guest: Guest;
  tag: string;
  pj: (dir: string, ...args: string[]) => Promise<Cost>;
  bare: string;
}
type LibvirtScene = Scene & {
  uri: string;
  network: string;
  virsh: (...args: string[]) => Promise<Cost>;
};

async function onLibvirt({ bench, guest, uri, network, tag, pj, bare, virsh }: LibvirtScene): Promise<Row> {
  // Beyond what the network's DHCP gives out; another one each time, as it keeps to whom an address was leased for an hour.
  const address = `192.168.150.${201 + ((randomBytes(1)[0] ?? 0) % 53)}`;
  const dir = project(
    join(bench.scratch, 'vm-libvirt'),
    `bench-${tag}`,
    descriptor(
      'vm',
      guest,
      `  runtime: libvirt\n  networks: [{ name: ${network}, address: ${address} }]\n`,
      `http://${address}/`,
    ),
  );
  const name = `bench-${tag}-vm`;
  const xml = join(bench.scratch, 'bare-vm', 'domain.xml');
  try {
    await must(pj(dir, 'apply', '--auto-approve'));
    // The very same machine, by its name alone another one, as the first is gone when it is made.
    const { output } = await virsh('dumpxml', '--inactive', name);
    // Its own folder, with the log of its console, is gone by then.
    const log = join(bench.scratch, 'bare-vm', 'serial.log');
    const other = output
      .replace(/<metadata>[\s\S]*<\/metadata>/, '')
      .replace(/<log file='[^']*'/, `<log file='${log}'`);
    writeFileSync(xml, other.replaceAll(name, `${name}-bare`));
    const reserve = (what: string) =>
      virsh(
        'net-update',
        network,
        what,
        'ip-dhcp-host',
        `<host mac='${macIn(output)}' ip='${address}'/>`,
        '--live',
        '--config',
      );
    await must(pj(dir, 'destroy', '--auto-approve'));
    const job = JSON.stringify({
      commands: [
        ['virsh', '-q', '-c', uri, 'define', xml],
        ['virsh', '-q', '-c', uri, 'start', `${name}-bare`],
      ],
      url: `http://${address}/`,
    });
    const made = await interleaved(
      [
        {
          name: 'pj',
          run: () => pj(dir, 'apply', '--auto-approve'),
          after: async () => void (await must(pj(dir, 'destroy', '--auto-approve'))),
        },
        {
          name: 'bare',
          before: async () => void (await reserve('add')),
          run: () => cost([process.execPath, bare, job]),
          after: async () => {
            await virsh('destroy', `${name}-bare`);
            await virsh('undefine', `${name}-bare`);
            await reserve('delete');
          },
        },
      ],
      bench.quick ? 3 : 7,
    );
    return ratioRow(
      'apply of a VM to http from its guest against `virsh define`, `start`',
      ms(made.get('pj')),
      ms(made.get('bare')),
      1.2,
    );
  } finally {
    await pj(dir, 'destroy', '--auto-approve');
  }
}

const macIn = (xml: string): string => /<mac address='([^']+)'/.exec(xml)?.[1] ?? '';

async function onQemu({ bench, guest, tag, pj, bare }: Scene): Promise<Row> {
  const port = await freePort();
  const dir = project(
    join(bench.scratch, 'vm-qemu'),
    `benchq-${tag}`,
    descriptor('vm', guest, `  runtime: qemu\n  ports: ["127.0.0.1:${port}:80"]\n`, `http://127.0.0.1:${port}/`),
  );
  let started: number | undefined;
  try {
    await must(pj(dir, 'apply', '--auto-approve'));
    const background = sameMachine(dir, join(bench.scratch, 'bare-vm'));
    await must(pj(dir, 'destroy', '--auto-approve'));
    const job = JSON.stringify({ commands: [], background, url: `http://127.0.0.1:${port}/` });
    const made = await interleaved(
      [
        {
          name: 'pj',
          run: () => pj(dir, 'apply', '--auto-approve'),
          after: async () => void (await must(pj(dir, 'destroy', '--auto-approve'))),
        },
        {
          name: 'bare',
          run: async () => {
            const run = await cost([process.execPath, bare, job]);
            started = Number(run.output.trim());
            return run;
          },
          after: () => {
            if (started !== undefined) process.kill(started, 'SIGKILL');
            started = undefined;
          },
        },
      ],
      bench.quick ? 3 : 7,
    );
    return ratioRow(
      'apply of a VM to http from its guest against the same `qemu-system-x86_64` started bare',
      ms(made.get('pj')),
      ms(made.get('bare')),
      1.2,
    );
  } finally {
    if (started !== undefined) process.kill(started, 'SIGKILL');
    await pj(dir, 'destroy', '--auto-approve');
  }
}

/** The command line of the machine that pj runs there, with sockets and logs in another folder. */
function sameMachine(dir: string, folder: string): string[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const argv = pids
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
      } catch {
        return []; // It has ended.
      }
    })
    .find(([file, ...args]) => file?.includes('qemu-system') === true && args.some((arg) => arg.includes(dir)));
  if (argv === undefined) throw new Error(`no QEMU runs for ${dir}`);
  const sockets = argv.map((arg) => /(?:path=|unix:)([^,]*)\/[^/,]+/.exec(arg)?.[1]).filter((one) => one !== undefined);
  const places = [
    ...new Set([...sockets, ...argv.flatMap((arg) => /(\/[^,=]*\.pj\/vms\/[\w-]+)/.exec(arg)?.[1] ?? [])]),
  ];
  return argv.map((arg) => places.reduce((text, place) => text.replaceAll(place, folder), arg));
}

async function twenty({ bench, guest, uri, network, tag, pj }: Omit<LibvirtScene, 'bare'>): Promise<Row> {
  let text = '';
  for (let i = 0; i < 20; i++)
    text += `---\napplicationId: vm${i}\nvm:\n  runtime: libvirt\n  memory: ${MEMORY_MIB}MiB\n  kernel: ${guest.kernel}\n  initrd: ${guest.initrd}\n  cmdline: ${CMDLINE}\n  networks: [{ name: ${network} }]\nstop: { gracePeriod: 0 }\n`;
  const dir = project(join(bench.scratch, 'vm-twenty'), `bench20-${tag}`, text);
  try {
    await must(pj(dir, 'apply', '--auto-approve'));
    // Until the guests have come up and are quiet.
    await new Promise((next) => setTimeout(next, 90_000));
    const none = await interleaved(
      [
        { name: 'pj', run: () => pj(dir, 'plan') },
        { name: 'virsh', run: () => cost(['virsh', '-q', '-c', uri, 'domstats']) },
      ],
      bench.quick ? 7 : 15,
    );
    return ratioRow(
      'no-op plan of 20 domains against one `virsh domstats`',
      ms(none.get('pj')),
      ms(none.get('virsh')),
      2.5,
    );
  } finally {
    await pj(dir, 'destroy', '--auto-approve');
  }
}
