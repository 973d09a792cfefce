import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { type AgentConfig, SHORTEST_DRIFT } from '../model/awake.ts';
import { isObject, type Json, type JsonObject } from '../model/json.ts';
import type { ProjectConfig, VariableType } from '../model/project.ts';
import { PROJECT_FILE, readSource } from './discover.ts';
import type { SourceDocument, SourceFile } from './documents.ts';
import { type ParsedDocument, parseFiles } from './parse.ts';
import type { Path, Report } from './problem.ts';
import { seconds } from './quantity.ts';
import type { ProjectFile } from './types.gen.ts';
import { validateProjectFile } from './validate.ts';

/** A project file as read. */
export interface ReadProjectFile {
  config: ProjectConfig;
  /** Undefined where there is none. */
  document: SourceDocument | undefined;
  source: SourceFile | undefined;
}

/** Reads pj.yaml of a project; without one (or a broken one, which is reported) the defaults hold. */
export async function readProjectFile(dir: string, report: Report): Promise<ReadProjectFile> {
  const none = { config: normaliseProject({}, dir), document: undefined, source: undefined };
  if (!existsSync(join(dir, PROJECT_FILE))) return none;
  const source = readSource(dir, PROJECT_FILE, report);
  if (source === undefined) return none;
  const documents = await parseFiles([source], report);
  const [first, second] = documents;
  if (first === undefined) return { ...none, source };
  if (second !== undefined) {
    report({
      code: 'PJ1006',
      details: { what: 'pj.yaml holds one document only' },
      spots: [{ document: second.source, path: [] }],
    });
  }
  const value = dropNulls(first.value);
  const faults = validateProjectFile(value);
  for (const { code, details, path, at } of faults) {
    report({
      code,
      details: { ...details, where: String(details['where']).replace('a descriptor', 'pj.yaml') },
      spots: [{ document: first.source, path, at }],
    });
  }
  const usable = isObject(value)
    ? without(
        value,
        faults.map((fault) => fault.path),
      )
    : {};
  const config = normaliseProject(usable as ProjectFile, dir);
  checkMoves(config, first, report);
  checkHeaders(config, report);
  checkDrift(config, first, report);
  return { config, document: first.source, source };
}

/** The top-level keys that nothing is wrong with, so that one mistake does not make every variable unknown. */
function without(value: JsonObject, bad: readonly Path[]): JsonObject {
  const out: JsonObject = structuredClone(value);
  for (const path of bad) {
    const holder = path.length > 1 ? out[String(path[0])] : undefined;
    // a broken variable stays declared
    if (path[0] === 'variables' && isObject(holder) && path.length > 1) holder[String(path[1])] = {};
    // and so does a broken secret: its source is never asked, as nothing is planned
    else if (path[0] === 'secrets' && isObject(holder)) holder[String(path[1])] = { env: '' };
    else if (isObject(holder)) delete holder[String(path[1])];
    else delete out[String(path[0])];
  }
  return out;
}

/** Keys with nothing after them say nothing; a variable's name alone declares it. */
function dropNulls(value: Json): Json {
  if (!isObject(value)) return value;
  const out = Object.fromEntries(Object.entries(value).filter(([, each]) => each !== null)) as JsonObject;
  const { variables } = out;
  if (isObject(variables)) {
    out['variables'] = Object.fromEntries(Object.entries(variables).map(([name, each]) => [name, each ?? {}]));
  }
  return out;
}

function normaliseProject(file: ProjectFile, dir: string): ProjectConfig {
  const variables: ProjectConfig['variables'] = {};
  for (const [name, declared] of Object.entries(file.variables ?? {})) {
    variables[name] = {
      type: declared.type ?? typeOf(declared.default),
      sensitive: declared.sensitive ?? false,
      ...(declared.default === undefined ? {} : { default: declared.default }),
      ...(declared.description === undefined ? {} : { description: declared.description }),
    };
  }
  return {
    name:
      file.name ??
      (basename(resolve(dir))
        .replace(/[^A-Za-z0-9._-]/g, '-')
        .replace(/^[^A-Za-z0-9]+/, '') ||
        'project'),
    exclude: file.exclude ?? [],
    variables,
    secrets: (file.secrets ?? {}) as ProjectConfig['secrets'],
    moved: file.moved ?? [],
    forget: file.forget ?? [],
    ...(file.parallelism === undefined ? {} : { parallelism: file.parallelism }),
    ...(file.agent === undefined ? {} : { agent: agentConfig(file.agent) }),
  };
}

/** Durations in seconds; everything else as it was written. */
function agentConfig({ sampling, drift, ...rest }: NonNullable<ProjectFile['agent']>): AgentConfig {
  const every = (interval: unknown) => {
    const known = seconds(interval);
    return known === undefined ? {} : { interval: known };
  };
  return {
    ...(rest as AgentConfig),
    ...(sampling === undefined ? {} : { sampling: every(sampling.interval) }),
    ...(drift === undefined ? {} : { drift: { ...(drift as AgentConfig['drift']), ...every(drift.interval) } }),
  };
}

function typeOf(value: unknown): VariableType {
  if (typeof value === 'number') return 'number';
  if (typeof value === 'boolean') return 'boolean';
  if (Array.isArray(value)) return 'list';
  return isObject(value) ? 'map' : 'string';
}

/** Names of headers that bear what lets one in. */
const BEARS_KEY = /auth|cookie|key|token|secret|password|credential/i;

/** What stands in pj.yaml in clear is left for the agent in clear. */
function checkHeaders({ agent }: ProjectConfig, report: Report): void {
  const { headers = {}, endpoint } = agent?.telemetry ?? {};
  if (endpoint === undefined && Object.keys(headers).length > 0) {
    const key = 'agent.telemetry.headers';
    // They would go to whomever the environment names.
    const details = { key, expected: 'beside the `endpoint` that they are for', value: 'without one' };
    report({ code: 'PJ1012', details, spots: [] });
  }
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value !== 'string' || !BEARS_KEY.test(name)) continue;
    const key = `agent.telemetry.headers.${name}`;
    const details = { key, expected: 'a source (env, file or command)', value: 'a text that everybody can read' };
    // No spot: the lines around it, which are shown, have the key in them.
    report({ code: 'PJ1012', details, spots: [] });
  }
}

/** A look asks every engine for everything. */
function checkDrift({ agent }: ProjectConfig, { source }: ParsedDocument, report: Report): void {
  const interval = agent?.drift?.interval;
  if (interval === undefined || interval >= SHORTEST_DRIFT) return;
  report({
    code: 'PJ1012',
    details: { key: 'agent.drift.interval', expected: `at least ${SHORTEST_DRIFT} s`, value: `${interval} s` },
    spots: [{ document: source, path: ['agent', 'drift', 'interval'] }],
  });
}

/** Renames must be one to one. */
function checkMoves(config: ProjectConfig, { source }: ParsedDocument, report: Report): void {
  const seen = { from: new Map<string, number>(), to: new Map<string, number>() };
  for (const [i, move] of config.moved.entries()) {
    if (move.from === move.to) {
      report({
        code: 'PJ1051',
        details: { what: `\`${move.from}\` is moved to itself` },
        spots: [{ document: source, path: ['moved', i] }],
      });
    }
    for (const end of ['from', 'to'] as const) {
      const before = seen[end].get(move[end]);
      if (before !== undefined) {
        const what = `\`${move[end]}\` stands twice as \`${end}\``;
        const spots = [i, before].map((n) => ({ document: source, path: ['moved', n, end] }));
        report({ code: 'PJ1051', details: { what }, spots });
      }
      seen[end].set(move[end], i);
    }
  }
}
