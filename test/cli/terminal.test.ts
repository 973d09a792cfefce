import { type ChildProcess, spawn } from 'node:child_process';
import { afterEach, describe, expect, it } from 'vitest';
import { PJ, Scratch, until } from '../support/pj.ts';

const scratches: Scratch[] = [];
afterEach(async () => {
  for (const scratch of scratches.splice(0)) await scratch.cleanUp();
});

const SLOW = {
  'pj.yaml': 'name: shop\n',
  'all.yaml': `applicationId: slow
native: { type: job, command: /bin/sh, args: ["-c", "sleep 1"] }
---
applicationId: after
dependencies: [{ id: slow, condition: completed }]
native: { command: /bin/sleep, args: ["100000"] }
`,
};

interface Typed {
  child: ChildProcess;
  shown(): string;
  type(text: string): void;
  done: Promise<number | null>;
}

/** Runs pj on a terminal of its own, through script(1), which gives pj's exit code on. */
function onTerminal(scratch: Scratch, args: string[], env: Record<string, string> = {}): Typed {
  const { CI: _, ...inherited } = process.env;
  const command = [process.execPath, PJ, ...args].map((word) => `'${word}'`).join(' ');
  const child = spawn('script', ['-qefc', command, '/dev/null'], {
    cwd: scratch.dir,
    env: { ...inherited, ...scratch.env, TERM: 'xterm', NO_COLOR: '', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let text = '';
  child.stdout?.on('data', (data) => (text += data));
  const done = new Promise<number | null>((end) => child.on('close', end));
  return { child, shown: () => text, type: (keys) => void child.stdin?.write(keys), done };
}

function project(files: Record<string, string> = SLOW): Scratch {
  const scratch = new Scratch(files);
  scratches.push(scratch);
  return scratch;
}

const asks = (run: Typed) => until('the prompt', () => run.shown().includes('Enter a value:'));
const HIDE = '\u001b[?25l';
const SHOW = '\u001b[?25h';

describe('on a terminal', () => {
  it('apply asks, takes yes and nothing else, and shows what runs in a live view that gives the cursor back', async () => {
    const pj = project();
    const no = onTerminal(pj, ['apply']);
    await asks(no);
    no.type('y\n');
    expect(await no.done).toBe(3);
    expect(no.shown()).toContain('Apply cancelled');
    expect(pj.processes()).toEqual([]);

    const yes = onTerminal(pj, ['apply']);
    await asks(yes);
    expect(yes.shown()).toContain("Only 'yes' will be accepted to approve.");
    yes.type('yes\n');
    expect(await yes.done).toBe(0);
    const shown = yes.shown();
    expect(shown).toContain(HIDE);
    expect(shown.lastIndexOf(SHOW)).toBeGreaterThan(shown.lastIndexOf(HIDE));
    expect(shown).toMatch(/\d\/\d+ done, 1 running/);
    expect(shown).toContain('Apply complete!');
    expect(pj.processes().map((one) => one.id)).toEqual(['after']);
  });

  it("destroy asks for the project's name", async () => {
    const pj = project();
    await pj.ok(['apply', '--auto-approve']);
    const wrong = onTerminal(pj, ['destroy']);
    await asks(wrong);
    wrong.type('yes\n');
    expect(await wrong.done).toBe(3);
    expect(pj.processes()).toHaveLength(1);
    const right = onTerminal(pj, ['destroy']);
    await asks(right);
    right.type('shop\n');
    expect(await right.done).toBe(0);
    expect(right.shown()).toMatch(/Destroy complete! Resources: 2 destroyed\./);
  });

  it('Ctrl-C and Ctrl-D at the prompt do nothing to anybody', async () => {
    const pj = project();
    const interrupted = onTerminal(pj, ['apply']);
    await asks(interrupted);
    interrupted.type('\u0003');
    expect(await interrupted.done).toBe(130);
    const ended = onTerminal(pj, ['apply']);
    await asks(ended);
    ended.type('\u0004');
    expect(await ended.done).toBe(3);
    expect(pj.processes()).toEqual([]);
  });

  it('Ctrl-C while it runs lets running steps finish, starts no other, and the next apply goes on', async () => {
    const pj = project();
    const run = onTerminal(pj, ['apply', '--auto-approve']);
    await until('the first step', () => /1 running/.test(run.shown()));
    run.type('\u0003');
    expect(await run.done).toBe(130);
    expect(run.shown()).toContain('Interrupt received');
    expect(run.shown().lastIndexOf(SHOW)).toBeGreaterThan(run.shown().lastIndexOf(HIDE));
    expect(pj.processes().map((one) => one.id)).not.toContain('after');
    await pj.ok(['apply', '--auto-approve']);
    expect(pj.processes().map((one) => one.id)).toEqual(['after']);
  });

  it('--no-input and CI never ask, TERM=dumb has no live view', async () => {
    const pj = project();
    const noInput = onTerminal(pj, ['apply', '--no-input']);
    expect(await noInput.done).toBe(64);
    expect(noInput.shown()).toContain('--no-input was given');
    const ci = onTerminal(pj, ['apply'], { CI: 'true' });
    expect(await ci.done).toBe(64);
    const dumb = onTerminal(pj, ['apply', '--auto-approve'], { TERM: 'dumb' });
    expect(await dumb.done).toBe(0);
    expect(dumb.shown()).not.toContain('\u001b');
  });
});
