import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { freePort, Scratch, until } from '../support/pj.ts';
import { Collector } from '../telemetry/collector.ts';

let collector = new Collector();
const scratches: Scratch[] = [];
afterEach(async () => {
  for (const scratch of scratches.splice(0)) await scratch.cleanUp();
  await collector.close();
  collector = new Collector();
});

function project(files: Record<string, string>): Scratch {
  const scratch = new Scratch(files);
  scratches.push(scratch);
  return scratch;
}

const native = (id: string, script: string, more = ''): string =>
  `applicationId: ${id}\nnative: { command: /bin/sh, args: ["-c", ${JSON.stringify(script)}] }\n${more}`;

const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

/** PEM of a certificate for 127.0.0.1 that no system trusts. */
function selfSigned(dir: string): { key: string; cert: string } {
  const [key, cert] = [join(dir, 'key.pem'), join(dir, 'ca.pem')];
  const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const subject = ['-subj', '/CN=pj test', '-addext', 'subjectAltName=IP:127.0.0.1'];
  execFileSync('openssl', [...request, ...subject, '-keyout', key, '-out', cert], { stdio: 'pipe' });
  return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
}

describe('a collector behind TLS', () => {
  it('is trusted by the certificate that OTEL_EXPORTER_OTLP_CERTIFICATE names, also by the agent, and not without', async () => {
    const scratch = project({ 'one.yaml': native('one', 'exec sleep 1000') });
    collector.tls = selfSigned(scratch.dir);
    await collector.open();
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_METRIC_EXPORT_INTERVAL: '300' };
    expect(collector.url).toMatch(/^https:/);
    const without = await scratch.ok(['apply', '--auto-approve'], env);
    expect(without.stderr).toContain('PJ5770');
    expect(collector.requests).toEqual([]);

    // Relative: the agent lives elsewhere.
    const trusting = { ...env, OTEL_EXPORTER_OTLP_CERTIFICATE: 'ca.pem' };
    const { stderr } = await scratch.ok(['restart', 'one'], trusting);
    expect(stderr).toBe('');
    expect(collector.spans.map(({ name }) => name)).toContain('pj restart');
    for (const pid of scratch.agents()) process.kill(pid, 'SIGKILL');
    await until('its end', () => scratch.agents().length === 0);
    await scratch.ok(['agent', 'start'], trusting);
    await until('metrics', () => collector.points.length > 0, 30_000);
    expect(collector.bad).toEqual([]);
  });
});

describe('traces', () => {
  it.each(['http/protobuf', 'http/json'] as const)(
    'an apply is a trace: a span a step, linked, below the one of the caller (%s)',
    async (protocol) => {
      await collector.open();
      const scratch = project({
        'base.yaml': native('base', 'exec sleep 1000'),
        'top.yaml': native('top', 'exec sleep 1000', 'dependencies: [base]\n'),
      });
      const env = {
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
        OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
        OTEL_EXPORTER_OTLP_HEADERS: 'x-key=top%20secret',
        OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
        TRACEPARENT,
        TRACESTATE: 'congo=t61rcWkgMzE',
      };
      const { stderr } = await scratch.ok(['apply', '--auto-approve'], env);
      expect(stderr).toBe('');
      expect(collector.bad).toEqual([]);
      const sent = collector.requests.filter(({ path }) => path === '/v1/traces');
      expect(sent.length).toBeGreaterThan(0);
      for (const { encoding, type, headers } of sent) {
        expect(encoding).toBe('gzip');
        expect(type).toBe(protocol === 'http/json' ? 'application/json' : 'application/x-protobuf');
        expect(headers['x-key']).toBe('top secret');
      }
      const root = collector.spans.find(({ name }) => name === 'pj apply');
      const of = (step: string) => collector.spans.find(({ name }) => name === step);
      expect(root).toMatchObject({
        traceId: '0af7651916cd43dd8448eb211c80319c',
        parentSpanId: 'b7ad6b7169203331',
        status: { code: 0 },
        resource: { 'service.name': 'pj', 'deployment.environment.name': 'test' },
      });
      expect(root?.attributes).toMatchObject({
        'pj.outcome': 'ok',
        'pj.result.add': 2,
        'pj.steps.done': collector.spans.filter(({ attributes }) => attributes['pj.step.id']).length,
      });
      expect(root?.attributes['pj.plan.digest']).toMatch(/^(sha256:)?[0-9a-f]{64}$/);
      for (const span of collector.spans) {
        expect(span.traceId).toBe(root?.traceId);
        expect(span.end >= span.start).toBe(true);
        if (span === root) continue;
        expect(span.parentSpanId).toBe(root?.spanId);
        expect(span.start >= (root?.start ?? 0n) && span.end <= (root?.end ?? 0n)).toBe(true);
      }
      const started = of('start base');
      expect(started?.attributes).toMatchObject({
        'pj.step.action': 'start',
        'pj.workload.id': 'base',
        'pj.workload.kind': 'native',
        'pj.workload.provider': 'native',
      });
      const tops = collector.spans.filter(({ attributes }) => attributes['pj.workload.id'] === 'top');
      const pairs = tops.flatMap((top) =>
        top.links.map(({ spanId }) => [collector.spans.find((span) => span.spanId === spanId), top] as const),
      );
      expect(pairs.map(([before]) => before?.attributes['pj.workload.id'])).toContain('base');
      for (const [before, after] of pairs) expect((before?.end ?? after.end) <= after.start).toBe(true);
      // Who pj starts is in nobody's trace, and gets none of the headers.
      const [pid] = scratch.processes().map((process) => process.pid);
      const given = readFileSync(`/proc/${pid}/environ`, 'utf8');
      expect(given).not.toMatch(/TRACEPARENT|OTEL_/);

      collector.spans.length = 0;
      await scratch.ok(['destroy', '--auto-approve'], env);
      const end = collector.spans.find(({ name }) => name === 'pj destroy');
      expect(end?.attributes).toMatchObject({ 'pj.result.destroy': 2, 'pj.outcome': 'ok' });
    },
  );

  it('a step that fails is an error with its code, and so is the run; an error before there is a plan too', async () => {
    await collector.open();
    const scratch = project({
      'bad.yaml': 'applicationId: bad\nnative: { type: job, command: /bin/sh, args: ["-c", "exit 3"] }\n',
      'next.yaml': native('next', 'exec sleep 1000', 'dependencies: [{ id: bad, condition: completed }]\n'),
    });
    const env = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${collector.url}/v1/traces` };
    const ran = await scratch.pj(['apply', '--auto-approve'], env);
    expect(ran.code).not.toBe(0);
    const root = collector.spans.find(({ name }) => name === 'pj apply');
    const failed = collector.spans.filter(({ status }) => status.code === 2);
    expect(root?.status.code).toBe(2);
    const step = failed.find((span) => span !== root);
    expect(step?.attributes['error.type']).toMatch(/^PJ\d{4}$/);
    expect(step?.attributes['pj.workload.id']).toBe('bad');
    expect(step?.status.message).not.toBe('');
    expect(root?.events.map(({ name }) => name)).toContain('pj.step_skipped');

    collector.spans.length = 0;
    expect((await scratch.pj(['stop', 'nobody'], env)).code).not.toBe(0);
    const stop = collector.spans.find(({ name }) => name === 'pj stop');
    expect(stop).toMatchObject({ status: { code: 2 }, attributes: { 'error.type': 'PJ2002', 'pj.outcome': 'error' } });
  });

  it('nobody is asked where it is off', async () => {
    await collector.open();
    const scratch = project({ 'one.yaml': native('one', 'exec sleep 1000') });
    const OTEL_EXPORTER_OTLP_ENDPOINT = collector.url;
    await scratch.ok(['apply', '--auto-approve'], { OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_SDK_DISABLED: 'true' });
    await scratch.ok(['restart', 'one'], {
      OTEL_EXPORTER_OTLP_ENDPOINT,
      OTEL_TRACES_EXPORTER: 'none',
      OTEL_LOGS_EXPORTER: 'none',
      OTEL_METRICS_EXPORTER: 'none',
    });
    await scratch.ok(['restart', 'one'], { OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_TRACES_SAMPLER: 'always_off' });
    expect(collector.requests).toEqual([]);
    expect(collector.spans).toEqual([]);
    const { stderr } = await scratch.ok(['stop', 'one'], {
      OTEL_EXPORTER_OTLP_ENDPOINT,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
    });
    expect(stderr).toContain('PJ5771');
    expect(stderr).toContain('http/protobuf');
    expect(collector.requests).toEqual([]);
  });

  it.each(['nobody listens', 'it never answers', 'it says 503', 'it says 401'] as const)(
    'where %s the run is the same but for one warning',
    async (how) => {
      await collector.open(await freePort());
      if (how === 'it never answers') collector.answer = 'hang';
      if (how === 'it says 503') collector.answer = { status: 503 };
      if (how === 'it says 401') collector.answer = { status: 401 };
      if (how === 'nobody listens') await collector.close();
      const scratch = project({ 'one.yaml': native('one', 'exec sleep 1000') });
      const ran = await scratch.ok(['apply', '--auto-approve'], {
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${collector.url.replace('//', '//user:hidden@')}/v1/traces`,
        OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20hidden',
      });
      expect(ran.stdout).toContain('1 added');
      expect(ran.stderr.match(/PJ5770/g)).toHaveLength(1);
      expect(ran.stderr).toContain(collector.url);
      expect(ran.stdout + ran.stderr).not.toContain('hidden');
    },
  );
});
