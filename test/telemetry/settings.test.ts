import { describe, expect, it } from 'vitest';
import { otelEnvironment } from '../../src/agent/otel-environment.ts';
import { shownUrl, telemetrySettings } from '../../src/telemetry/settings.ts';

const BASE = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };

describe('what the environment says of telemetry', () => {
  it('is off without an endpoint, and where it is disabled', () => {
    expect(telemetrySettings({})).toBeUndefined();
    expect(telemetrySettings({ OTEL_EXPORTER_OTLP_ENDPOINT: '  ' })).toBeUndefined();
    expect(telemetrySettings({ ...BASE, OTEL_SDK_DISABLED: 'TRUE' })).toBeUndefined();
    expect(telemetrySettings({ OTEL_SDK_DISABLED: 'true' }, { endpoint: 'http://x' })).toBeUndefined();
    expect(telemetrySettings({ ...BASE, OTEL_SDK_DISABLED: 'no' })).toBeDefined();
  });

  it('adds paths to the base, none to the endpoint of a signal; variables hold over pj.yaml', () => {
    const urls = (env: Record<string, string>, endpoint?: string) => {
      const all = telemetrySettings(env, { logs: true, ...(endpoint === undefined ? {} : { endpoint }) })?.destinations;
      return [all?.traces?.url, all?.metrics?.url, all?.logs?.url];
    };
    expect(urls({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:1/base/' })).toEqual([
      'http://c:1/base/v1/traces',
      'http://c:1/base/v1/metrics',
      'http://c:1/base/v1/logs',
    ]);
    expect(urls({ OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: 'https://l/in' })).toEqual([undefined, undefined, 'https://l/in']);
    expect(urls(BASE, 'http://other')).toContain('http://collector:4318/v1/logs');
    expect(urls({}, 'http://other')).toContain('http://other/v1/logs');
  });

  it('logs are asked for by name, not by an endpoint for all; pj.yaml can keep the output of workloads here for good', () => {
    const of = (env: Record<string, string>, config: { endpoint?: string; logs?: boolean } = {}) => {
      const { destinations, output } = telemetrySettings(env, config) ?? { destinations: {}, output: false };
      return [Object.keys(destinations).join(), output];
    };
    expect(of(BASE)).toEqual(['traces,metrics', false]);
    expect(of({}, { endpoint: 'http://c' })).toEqual(['traces,metrics', false]);
    expect(of(BASE, { logs: false })).toEqual(['traces,metrics', false]);
    expect(of({ ...BASE, OTEL_EXPORTER_OTLP_LOGS_HEADERS: 'a=1' })).toEqual(['traces,metrics', false]);
    expect(of({ ...BASE, OTEL_LOGS_EXPORTER: 'console' })).toEqual(['traces,metrics', false]);
    const all = 'traces,metrics,logs';
    expect(of(BASE, { logs: true })).toEqual([all, true]);
    expect(of({ ...BASE, OTEL_LOGS_EXPORTER: 'otlp' })).toEqual([all, true]);
    expect(of({ ...BASE, OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: 'http://l/in' })).toEqual([all, true]);
    expect(of({ ...BASE, OTEL_LOGS_EXPORTER: 'otlp' }, { logs: false })).toEqual([all, false]);
    expect(of({ ...BASE, OTEL_LOGS_EXPORTER: 'none' }, { logs: true })[0]).toBe('traces,metrics');
  });

  it('takes the variables of a signal before the general ones, and decodes headers', () => {
    const logs = telemetrySettings({
      ...BASE,
      OTEL_EXPORTER_OTLP_HEADERS: 'a=1, b = x%3Dy,broken,=none,c=100%',
      OTEL_EXPORTER_OTLP_LOGS_HEADERS: 'a=2',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_EXPORTER_OTLP_LOGS_PROTOCOL: 'http/protobuf',
      OTEL_EXPORTER_OTLP_TIMEOUT: '5',
      OTEL_EXPORTER_OTLP_LOGS_COMPRESSION: 'gzip',
      OTEL_LOGS_EXPORTER: 'otlp',
      OTEL_EXPORTER_OTLP_CERTIFICATE: '/ca.pem',
    })?.destinations;
    expect(logs?.logs).toEqual({
      url: 'http://collector:4318/v1/logs',
      protocol: 'http/protobuf',
      headers: { a: '2', b: 'x=y', c: '100%' },
      timeout: 5,
      compression: 'gzip',
      tls: { ca: '/ca.pem' },
    });
    expect(logs?.traces).toMatchObject({ protocol: 'http/json', compression: 'none', headers: { a: '1' } });
  });

  it('sends headers of pj.yaml to the collector that pj.yaml names, those of the variables hold over them', () => {
    const config = { endpoint: 'http://mine/' };
    const given = { values: { Authorization: 'Bearer x', 'x-a': '1' }, missing: {} };
    const headers = (env: Record<string, string>, to: { endpoint?: string } = config) =>
      telemetrySettings(env, to, given)?.destinations.traces?.headers;
    expect(headers({})).toEqual(given.values);
    expect(headers({ OTEL_EXPORTER_OTLP_HEADERS: 'authorization=mine' })).toEqual({
      authorization: 'mine',
      'x-a': '1',
    });
    expect(headers(BASE)).toEqual({});
    expect(headers(BASE, {})).toEqual({});
    expect(headers({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://mine' })).toEqual(given.values);
  });

  it('sends nothing without a header that cannot be had, and says why', () => {
    const given = { values: {}, missing: { 'x-key': 'the file k does not exist' } };
    const wanting = telemetrySettings({}, { endpoint: 'http://mine' }, given);
    expect(wanting).toMatchObject({
      destinations: {},
      problems: ['the header x-key cannot be had: the file k does not exist'],
    });
    const env = { OTEL_EXPORTER_OTLP_HEADERS: 'X-Key=1' };
    expect(telemetrySettings(env, { endpoint: 'http://mine' }, given)?.problems).toEqual([]);
  });

  it('names what cannot be had, once, and goes on with the rest', () => {
    const grpc = telemetrySettings({ ...BASE, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' });
    expect(grpc?.destinations).toEqual({});
    expect(grpc?.problems).toHaveLength(1);
    expect(grpc?.problems[0]).toContain('4318');
    const some = telemetrySettings({ ...BASE, OTEL_TRACES_EXPORTER: 'zipkin,console', OTEL_LOGS_EXPORTER: 'none' });
    expect(Object.keys(some?.destinations ?? {})).toEqual(['metrics']);
    expect(some?.problems).toHaveLength(2);
    const bad = telemetrySettings({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'user:hidden@collector' });
    expect(bad?.destinations).toEqual({});
    expect(bad?.problems.join()).not.toContain('hidden');
  });

  it('shows an endpoint without what may be secret in it', () => {
    expect(shownUrl('https://user:hidden@c:4318/v1/logs?key=hidden')).toBe('https://c:4318/v1/logs');
  });
});

describe('what an agent inherits', () => {
  it('is OTEL_ alone, files as absolute paths', () => {
    const env = {
      ...BASE,
      OTEL_EXPORTER_OTLP_LOGS_CLIENT_KEY: 'keys/own.pem',
      OTEL_EMPTY: '',
      TRACEPARENT: '00-1',
      AWS_SECRET: 'x',
    };
    expect(otelEnvironment(env, '/home/me')).toEqual({
      ...BASE,
      OTEL_EXPORTER_OTLP_LOGS_CLIENT_KEY: '/home/me/keys/own.pem',
    });
  });
});
