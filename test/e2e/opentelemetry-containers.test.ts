import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { needs } from '../engines/engines.ts';
import { fresh } from '../providers/container/api/engine-raw.ts';
import { removeHeld } from '../support/containers.ts';
import { freePort, Scratch, until } from '../support/pj.ts';
import { Collector } from '../telemetry/collector.ts';

for (const runtime of ['docker', 'podman'] as const) {
  needs(runtime, 'registry')(`output of containers on ${runtime}`, (have) => {
    const { socket } = have[runtime as 'docker'];
    let pj: Scratch | undefined;
    const collector = new Collector();
    afterEach(async () => {
      const lineage = pj?.lineage();
      await pj?.cleanUp();
      await removeHeld(socket, lineage);
      await collector.close();
      pj = undefined;
    });

    it('comes whole and once, over an outage; a kill -9 of the agent loses none', async () => {
      await collector.open(await freePort());
      const script = 'n=0; while :; do n=$((n+1)); echo line $n; sleep 0.05; done';
      pj = new Scratch({
        'pj.yaml': `name: ${fresh('otel')}\nagent:\n  telemetry: { endpoint: "${collector.url}" }\n`,
        'all.yaml': `applicationId: talker\nstop: { signal: SIGKILL }\ncontainer:\n  runtime: ${runtime}\n  image: ${have.registry.images.busybox}\n  command: [sh, -c, ${JSON.stringify(script)}]\n`,
      });
      // The agent knows of no CONTAINER_HOST, only of where engines are by default.
      if (runtime === 'podman') {
        mkdirSync(join(pj.runtime, 'podman'));
        symlinkSync(socket, join(pj.runtime, 'podman/podman.sock'));
      }
      const [own, other] = runtime === 'docker' ? ['DOCKER_HOST', 'CONTAINER_HOST'] : ['CONTAINER_HOST', 'DOCKER_HOST'];
      const env = {
        [own]: `unix://${socket}`,
        [other]: 'unix:///nowhere/engine.sock',
        OTEL_BLRP_SCHEDULE_DELAY: '100',
        OTEL_BLRP_MAX_QUEUE_SIZE: '20',
        OTEL_EXPORTER_OTLP_TIMEOUT: '3000',
        OTEL_METRICS_EXPORTER: 'none',
        OTEL_LOGS_EXPORTER: 'otlp',
      };
      await pj.ok(['apply', '--auto-approve'], env);
      const numbers = (): number[] => collector.lines('talker').map((line) => Number(String(line).split(' ')[1]));
      const whole = (all: number[]): number[] => Array.from({ length: Math.max(...all) }, (_, i) => i + 1);
      await until('lines', () => numbers().length > 20, 60_000);
      const { port } = collector;
      await collector.close();
      await new Promise((resolve) => setTimeout(resolve, 2_000));
      const had = numbers().length;
      await collector.open(port);
      await until('those of the outage', () => numbers().length > had + 40, 60_000);
      expect(numbers()).toEqual(whole(numbers()));
      const first = collector.logs.find(({ body }) => body === 'line 1');
      expect(first?.attributes).toMatchObject({ 'pj.workload.kind': 'container', 'log.iostream': 'stdout' });

      const [agent] = pj.agents();
      process.kill(agent ?? 0, 'SIGKILL');
      const before = Math.max(...numbers());
      await pj.ok(['agent', 'start'], env);
      await until('lines to the new agent', () => Math.max(...numbers()) > before + 20, 60_000);
      const all = [...new Set(numbers())].sort((a, b) => a - b);
      expect(all).toEqual(whole(all));
    });
  });
}
