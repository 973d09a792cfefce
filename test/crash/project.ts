import type { Scratch } from '../support/pj.ts';

/** A small project with every kind of order in it: a job, a service that waits for it, one with a health check, one that restarts with it, an external. */
export const CRASH_PROJECT = {
  'pj.yaml': 'name: crash\nvariables:\n  size: { type: number, default: 1 }\n',
  'all.yaml': `applicationId: job
native: { type: job, command: /bin/sh, args: ["-c", "exit 0"] }
---
applicationId: base
dependencies: [{ id: job, condition: completed }, outside]
native: { command: /bin/sleep, args: ["100000"] }
env: { SIZE: "\${var.size}" }
restart: { policy: always, delay: 100ms }
---
applicationId: listener
dependencies: [{ id: base, restart: true }]
native: { command: /bin/sh, args: ["-c", "echo ready; exec sleep 100000"] }
healthCheck: { type: log, pattern: ready, interval: 50ms }
---
applicationId: last
replicas: 2
dependencies: [listener]
native: { command: /bin/sleep, args: ["100000"] }
resources: { maxProcesses: 20 }
---
applicationId: outside
external: { address: 127.0.0.1 }
`,
};

export const SERVICES = ['base', 'last-0', 'last-1', 'listener'];

/** Throws unless the next apply converges and the world then holds just what it should: nothing lost, orphaned or doubled, no corrupt state. */
export async function convergesByApply(pj: Scratch, context: string): Promise<void> {
  const applied = await pj.pj(['apply', '--auto-approve', '--lock-timeout=20s']);
  if (applied.code !== 0)
    throw new Error(`${context}: the next apply exited ${applied.code}\n${applied.stdout}\n${applied.stderr}`);
  const plan = await pj.pj(['plan', '--detailed-exitcode']);
  if (plan.code !== 0)
    throw new Error(`${context}: the plan after that exited ${plan.code}\n${plan.stdout}\n${plan.stderr}`);
  // Root's workloads are in cgroups: were there none, that none is left would say nothing.
  if (process.getuid?.() === 0 && pj.cgroups().length === 0) throw new Error(`${context}: there are no cgroups`);
  const running = pj
    .processes()
    .map((p) => p.id)
    .sort();
  if (running.join() !== SERVICES.join())
    throw new Error(`${context}: these run: ${running.join()}; not ${SERVICES.join()}`);
}

/** Throws unless the next destroy leaves nothing of the project's. */
export async function convergesByDestroy(pj: Scratch, context: string): Promise<void> {
  const gone = await pj.pj(['destroy', '--auto-approve', '--lock-timeout=20s']);
  if (gone.code !== 0)
    throw new Error(`${context}: the next destroy exited ${gone.code}\n${gone.stdout}\n${gone.stderr}`);
  const left = pj.processes();
  if (left.length > 0) throw new Error(`${context}: still there: ${left.map((p) => `${p.id} (${p.pid})`).join(', ')}`);
  const state = JSON.parse(pj.read('.pj/state.json')) as { workloads?: object };
  if (Object.keys(state.workloads ?? {}).length > 0)
    throw new Error(`${context}: the state still holds ${Object.keys(state.workloads ?? {})}`);
  const groups = pj.cgroups();
  if (groups.length > 0) throw new Error(`${context}: cgroups are left: ${groups.join(', ')}`);
}
