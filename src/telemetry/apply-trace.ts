import {
  type Attributes,
  type Context,
  defaultTextMapGetter,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import type { ApplyResult, Event } from '../model/event.ts';
import type { Plan, PlanSummary, Step } from '../model/plan.ts';
import type { HeadersOf } from './exporters.ts';
import { resourceOf, type Speaker, VERSION } from './resource.ts';
import { samplerOf } from './sampler.ts';
import type { Destination } from './settings.ts';
import { SpanQueue } from './span-queue.ts';

/** How long the end of a run waits until its spans are out. ms */
const FLUSH = 2_000;

/** How a run ended: with a result, or with an error before there was one. */
export type RunEnd = { outcome: string } | { error: { code: string; message: string } };

/** The trace of one run of pj: a span for the whole, one for the look at what runs, one a step. */
export interface ApplyTrace {
  hear(event: Event): void;
  /** Sends what is left, for 2 s at most. Gives why not all of it was sent, undefined where it was. */
  end(how: RunEnd, planDigest: string | undefined): Promise<string | undefined>;
  /** Sends nothing more. */
  drop(): void;
}

/**
 * `operation`: as the lock and the audit name it (`apply`, `restart web`). The caller's trace is that of TRACEPARENT and TRACESTATE in the environment (W3C Trace Context).
 * `headers`: in place of those of `to`; spans wait for them, the run does not. Throws for what an exporter cannot be made of (a certificate that cannot be read).
 */
export function traceApply(to: Destination, speaker: Speaker, operation: string, headers?: HeadersOf): ApplyTrace {
  const { env, project } = speaker;
  const queue = new SpanQueue(to, env, headers);
  const provider = new BasicTracerProvider({
    resource: resourceOf(speaker),
    sampler: samplerOf(env),
    spanProcessors: [queue],
  });
  const tracer = provider.getTracer('pj', VERSION);
  const attributes = { 'pj.project': project, 'pj.operation': operation };
  const [word = operation] = operation.split(' ');
  const root = tracer.startSpan(`pj ${word}`, { kind: SpanKind.INTERNAL, attributes }, callersContext(env));
  const spans = new RunSpans(tracer, root, trace.setSpan(ROOT_CONTEXT, root));
  return {
    hear: (event) => spans.hear(event),
    drop: () => queue.outbox.close(),
    async end(how, planDigest) {
      spans.close(how, planDigest);
      const flushed = await queue.outbox.flush(FLUSH);
      const { error, queued, refused, dropped } = queue.outbox.figures();
      queue.outbox.close();
      if (!flushed) return `${queued} spans were not taken within ${FLUSH / 1000} s: ${error ?? 'no answer'}`;
      if (refused > 0) return `${refused} spans were refused: ${error ?? 'no reason was told'}`;
      return dropped > 0 ? `${dropped} spans did not fit the queue (OTEL_BSP_MAX_QUEUE_SIZE)` : undefined;
    },
  };
}

function callersContext(env: Speaker['env']): Context {
  const carrier = { traceparent: env['TRACEPARENT'] ?? '', tracestate: env['TRACESTATE'] ?? '' };
  return new W3CTraceContextPropagator().extract(ROOT_CONTEXT, carrier, defaultTextMapGetter);
}

class RunSpans {
  private readonly tracer: Tracer;
  private readonly root: Span;
  private readonly context: Context;
  private plan: Plan | undefined;
  private refresh: Span | undefined;
  private readonly open = new Map<string, Span>();
  /** The last one of each step, for links. */
  private readonly last = new Map<string, Span>();
  private readonly rollingBack = new Set<string>();

  constructor(tracer: Tracer, root: Span, context: Context) {
    this.tracer = tracer;
    this.root = root;
    this.context = context;
  }

  hear(event: Event): void {
    switch (event.type) {
      case 'lock_waiting':
      case 'lock_taken_over':
        this.root.addEvent(`pj.${event.type}`, { 'pj.lock.operation': event.operation });
        break;
      case 'refresh_start':
        this.refresh = this.tracer.startSpan(
          'pj refresh',
          { attributes: { 'pj.workloads': event.workloads } },
          this.context,
        );
        break;
      case 'refresh_complete':
        this.refresh?.end();
        this.refresh = undefined;
        break;
      case 'plan_complete':
        this.plan = event.plan;
        this.root.addEvent('pj.plan_complete', { 'pj.plan.steps': event.plan.steps.length });
        this.root.setAttributes(counts('pj.plan', event.plan.summary));
        break;
      case 'step_start':
        this.begin(event.step);
        break;
      case 'step_progress':
        this.open.get(event.step.id)?.addEvent(event.message);
        break;
      case 'step_complete':
        this.finish(event.step, event.engineId === undefined ? {} : { 'pj.engine.id': event.engineId });
        break;
      case 'step_errored':
        this.finish(event.step, {}, event);
        break;
      case 'step_skipped':
        if (this.open.has(event.step.id)) this.finish(event.step, { 'pj.step.outcome': 'not-started' });
        else this.root.addEvent('pj.step_skipped', { ...about(event.step), 'pj.step.because': event.because });
        break;
      case 'rollback':
        if (event.phase === 'start') this.rollingBack.add(event.workload);
        else this.rollingBack.delete(event.workload);
        this.root.addEvent('pj.rollback', { 'pj.workload.id': event.workload, 'pj.rollback.phase': event.phase });
        break;
      case 'interrupting':
        this.root.addEvent('pj.interrupting');
        break;
      case 'apply_complete':
        this.result(event.result);
        break;
      default:
    }
  }

  close(how: RunEnd, planDigest: string | undefined): void {
    this.refresh?.end();
    for (const span of this.open.values()) fail(span, 'interrupted', 'the run ended before the step did').end();
    if (planDigest !== undefined) this.root.setAttribute('pj.plan.digest', planDigest);
    if ('error' in how) {
      this.root.setAttribute('pj.outcome', 'error');
      fail(this.root, how.error.code, how.error.message);
    } else {
      this.root.setAttribute('pj.outcome', how.outcome);
      const failed = how.outcome === 'failed' || how.outcome === 'partial' || how.outcome === 'interrupted';
      if (failed) fail(this.root, how.outcome, `the run came to: ${how.outcome}`);
    }
    this.root.end();
  }

  private begin(step: Step): void {
    const change = this.plan?.changes.find(({ id }) => id === step.workload);
    const links = step.dependsOn.flatMap((id) => {
      const span = this.last.get(id);
      return span === undefined ? [] : [{ context: span.spanContext(), attributes: { 'pj.step.id': id } }];
    });
    const attributes: Attributes = {
      ...about(step),
      'pj.workload.generation': step.generation,
      'pj.step.cause': step.cause.type,
      ...(change === undefined ? {} : { 'pj.workload.kind': change.kind, 'pj.workload.provider': change.provider }),
      ...(this.rollingBack.has(step.workload) ? { 'pj.rollback': true } : {}),
    };
    const span = this.tracer.startSpan(step.id, { kind: SpanKind.INTERNAL, attributes, links }, this.context);
    this.open.set(step.id, span);
    this.last.set(step.id, span);
  }

  private finish(step: Step, attributes: Attributes, error?: { code: string; message: string }): void {
    const span = this.open.get(step.id);
    if (span === undefined) return;
    span.setAttributes(attributes);
    if (error !== undefined) fail(span, error.code, error.message);
    span.end();
    this.open.delete(step.id);
  }

  private result({ summary, steps, rolledBack }: ApplyResult): void {
    const of = (outcome: string) => steps.filter((step) => step.outcome === outcome).length;
    this.root.setAttributes({
      ...counts('pj.result', summary),
      'pj.steps.done': of('done'),
      'pj.steps.failed': of('failed'),
      'pj.steps.skipped': of('skipped') + of('not-started'),
      'pj.rolled_back': rolledBack,
    });
  }
}

const about = (step: Step): Attributes => ({
  'pj.step.id': step.id,
  'pj.step.action': step.action,
  'pj.workload.id': step.workload,
});

const counts = (prefix: string, { add, change, destroy, forget }: PlanSummary): Attributes => ({
  [`${prefix}.add`]: add,
  [`${prefix}.change`]: change,
  [`${prefix}.destroy`]: destroy,
  [`${prefix}.forget`]: forget,
});

function fail(span: Span, code: string, message: string): Span {
  return span.setAttribute('error.type', code).setStatus({ code: SpanStatusCode.ERROR, message });
}
