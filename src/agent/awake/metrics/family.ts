import { labelled } from './labels.ts';
import type { Row } from './row.ts';

/** What may be asked for alone: `/metrics?collect[]=workload`. */
export const GROUPS = ['workload', 'document', 'pj'] as const;
export type Group = (typeof GROUPS)[number];

/** A family of series, one or more a workload: its name and meaning for Prometheus and for OpenTelemetry. */
export interface Family {
  name: string;
  type: 'counter' | 'gauge' | 'untyped';
  help: string;
  /** `otlp`: Prometheus has it by another family. */
  group: 'workload' | 'document' | 'otlp';
  /** Absent: OpenTelemetry has it by another family. */
  otel?: Otel;
  /** They depend on its record alone, so that they are written once for as long as that stands. */
  fixed?: true;
  /** Of a counter: when all of one workload stood at 0, ms since 1970. Absent, or undefined: not known. */
  since?(row: Row): number | undefined;
  /** The series of one workload; undefined: it has none. A number is the one with its own labels alone. */
  of(row: Row): number | undefined | Series[];
}

/** What it is in OTLP. Families of one name are told apart by their attributes. */
export interface Otel {
  name: string;
  /** UCUM. */
  unit: string;
  /** `updown`: a sum that may be added up over workloads. Default: `counter` for counters, else `gauge`. */
  type?: 'updown';
  attributes?: Record<string, string>;
}

/** `more`: its labels beside the workload's own, as the text format writes them. */
export interface Series {
  labels: Record<string, string>;
  more: string;
  value: number;
}

export const series = (labels: Record<string, string>, value: number): Series => ({
  ...{ labels, more: labelled(labels), value },
});

export const fixed = (family: Family): Family => ({ ...family, fixed: true });

/** Only of workloads of these kinds. */
export const only =
  (kinds: readonly string[], of: Family['of']): Family['of'] =>
  (row) =>
    kinds.includes(row.record.kind) ? of(row) : undefined;

export const counter = (name: string, otel: Otel, help: string, of: Family['of']): Family => ({
  ...{ name: `pj_workload_${name}_total`, type: 'counter', help, group: 'workload', otel, of },
});
export const gauge = (name: string, otel: Otel, help: string, of: Family['of']): Family => ({
  ...{ name: `pj_workload_${name}`, type: 'gauge', help, group: 'workload', otel, of },
});
/** `pj.workload.NAME`. */
export const otel = (name: string, unit: string, more: Omit<Otel, 'name' | 'unit'> = {}): Otel => ({
  ...{ name: `pj.workload.${name}`, unit, ...more },
});
/** The same as a sum. */
export const sum = (name: string, unit: string, attributes?: Record<string, string>): Otel =>
  otel(name, unit, { type: 'updown', ...(attributes === undefined ? {} : { attributes }) });
