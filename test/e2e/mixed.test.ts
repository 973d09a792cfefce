import { randomBytes } from 'node:crypto';
import { afterEach, expect, it } from 'vitest';
import { ask } from '../engines/answer.ts';
import { needs } from '../engines/engines.ts';
import { held, killFirstProcess, removeHeld } from '../support/containers.ts';
import { freePort, Scratch, until } from '../support/pj.ts';

/** Asks the published port over and over; what went wrong is kept. */
function client(port: number): { stop(): Promise<{ asked: number; failed: string[]; answers: string[] }> } {
  const failed: string[] = [];
  const answers: string[] = [];
  let asked = 0;
  let over = false;
  const loop = (async () => {
    while (!over) {
      asked += 1;
      try {
        const answer = await fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(8_000) });
        const text = await answer.text();
        if (answer.ok) answers.push(text.trim());
        else failed.push(`${answer.status} ${text.slice(0, 100)}`);
      } catch (thrown) {
        failed.push(String(thrown));
      }
      await new Promise((next) => setTimeout(next, 20));
    }
  })();
  return {
    async stop() {
      over = true;
      await loop;
      return { asked, failed, answers };
    },
  };
}

for (const runtime of ['docker', 'podman'] as const) {
  needs(runtime, 'registry')(`examples/mixed on ${runtime}`, (have) => {
    const { socket } = have[runtime as 'docker'];
    let pj: Scratch | undefined;
    afterEach(async () => {
      const lineage = pj?.lineage();
      await pj?.cleanUp();
      await removeHeld(socket, lineage);
      pj = undefined;
    });

    it('comes up in order, is killed and healed, updated live, rolled without a failed request, and goes', async () => {
      const scratch = Scratch.example('mixed');
      pj = scratch;
      const name = `mixed-${randomBytes(4).toString('hex')}`;
      const port = await freePort();
      scratch.write({ 'pj.yaml': scratch.read('pj.yaml').replace(/^name: .*$/m, `name: ${name}`) });
      scratch.env = {
        ...scratch.env,
        DOCKER_HOST: `unix://${runtime === 'docker' ? socket : '/nowhere/docker.sock'}`,
        ...(runtime === 'podman' ? { CONTAINER_HOST: `unix://${socket}` } : {}),
        PJ_VAR_runtime: runtime,
        PJ_VAR_port: String(port),
        PJ_VAR_registry: have.registry.host,
      };
      const lineage = (): string => scratch.lineage() ?? '';
      const containerOf = async (id: string) =>
        (await held(socket, lineage())).containers.filter(({ workload }) => workload === id);

      await scratch.ok(['apply', '--auto-approve']);
      expect((await scratch.ok(['plan', '--detailed-exitcode'])).stdout).toContain('No changes.');
      await scratch.ok(['drift']);
      expect((await scratch.ok(['logs', 'front', '-n', '5'])).code).toBe(0);
      expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toMatch(/^revision 1, hit \d+/);

      // Killed, told, healed.
      const [db] = await containerOf('db');
      if (db === undefined) throw new Error('there is no db');
      const [front] = await containerOf('front');
      if (front === undefined) throw new Error('there is no front');
      await ask({ socket }, `/containers/${front.id}?force=1`, { method: 'DELETE' });
      const drift = await scratch.ok(['drift'], {}, 2);
      expect(drift.stdout).toContain('front');
      await scratch.ok(['apply', '--auto-approve']);
      await scratch.ok(['plan', '--detailed-exitcode']);

      const requests = client(port);
      try {
        // Live: the same container, no request fails.
        const live = await scratch.ok(['apply', '--auto-approve'], { PJ_VAR_memory: '96MiB' });
        expect(live.stdout).toContain('Apply complete! Resources: 0 added, 1 changed, 0 destroyed.');
        expect((await containerOf('db'))[0]?.id).toBe(db.id);
        // Rolled: the new one beside the old.
        const env = { PJ_VAR_memory: '96MiB', PJ_VAR_revision: '2' };
        const plan = await scratch.ok(['plan'], env);
        expect(plan.stdout).toContain('+/-');
        await scratch.ok(['apply', '--auto-approve'], env);
        await until('the new one to answer', async () =>
          (await (await fetch(`http://127.0.0.1:${port}/`)).text()).startsWith('revision 2'),
        );
        await scratch.ok(['plan', '--detailed-exitcode'], env);
      } finally {
        const { asked, failed, answers } = await requests.stop();
        expect(failed).toEqual([]);
        expect(asked).toBeGreaterThan(50);
        expect(new Set(answers.map((text) => text.split(',')[0]))).toEqual(new Set(['revision 1', 'revision 2']));
      }

      // A crash is healed by the engine's restart policy or by pj; either way the count in the volume goes on.
      const hits = async (): Promise<number> =>
        Number(/hit (\d+)/.exec(await (await fetch(`http://127.0.0.1:${port}/`)).text())?.[1]);
      const before = await hits();
      await new Promise((next) => setTimeout(next, 1_500)); // redis writes every second
      await killFirstProcess(socket, db.id);
      await scratch.ok(['apply', '--auto-approve'], { PJ_VAR_memory: '96MiB', PJ_VAR_revision: '2' });
      await until('the database to be back', async () => (await hits().catch(() => 0)) > before);

      await scratch.ok(['destroy', '--auto-approve']);
      const left = await held(socket, lineage());
      expect(left.containers).toEqual([]);
      expect(left.networks).toEqual([]);
      expect(left.volumes).toEqual([`${name}_data`]);
      const kept = await scratch.ok(['plan', '--destroy']);
      expect(kept.stdout).toContain(`${name}_data`);
    });
  });
}
