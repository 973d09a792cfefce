import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { PjError } from '../errors.ts';
import type { Json } from '../model/json.ts';
import type { PlanWarning } from '../model/plan.ts';
import type { ProjectConfig } from '../model/project.ts';
import type { Workload } from '../model/workload.ts';
import { build } from './build.ts';
import { reportCycles } from './cycles.ts';
import { resolveDependencies } from './dependencies.ts';
import { discover } from './discover.ts';
import { type SourceDocument, textOf } from './documents.ts';
import { type Draft, draftOf } from './drafts.ts';
import { readEnvFiles } from './env-files.ts';
import { finishErrors, finishWarnings } from './finish.ts';
import { reportAddresses } from './fixed-addresses.ts';
import { type HostFacts, reportPortClashes, warnQuotas } from './host-checks.ts';
import { linkHosts } from './hosts.ts';
import { parseFiles } from './parse.ts';
import type { Path, Problem, Report, Spot } from './problem.ts';
import { type ReadProjectFile, readProjectFile } from './project-file.ts';
import type { Names } from './substitute.ts';
import { linkUses } from './uses.ts';
import { readVariables } from './variables.ts';

export interface LoadOptions {
  /** The project's directory. */
  dir: string;
  /** As `--var NAME=VALUE` sets them. */
  vars: Readonly<Record<string, string>>;
  /** As `--var-file` names them; relative paths are relative to the project. */
  varFiles: readonly string[];
  /** What `${env.NAME}` and `PJ_VAR_NAME` are read from. */
  env: Readonly<Record<string, string | undefined>>;
  /** For warnings of quotas that it can't hold. Cores and bytes. */
  host: HostFacts;
}

export interface LoadedProject {
  config: ProjectConfig;
  /** Sorted by id. Those with errors are missing: plan only when there are no errors. */
  workloads: Workload[];
  /** Everything that is wrong, sorted by place. */
  errors: PjError[];
  warnings: PlanWarning[];
  /** Text of every file that was read, by path relative to the project. */
  sources: Map<string, string>;
  /** Values of the sensitive variables, for SensitiveValues; never to be written down. */
  sensitiveVariables: Record<string, Json>;
  /** What was found wrong with workloads later, by a provider say, as errors with places and code frames, sorted by place, each told once. */
  blame(faults: readonly Fault[]): Promise<PjError[]>;
}

/** Something wrong with a workload that is valid by itself. */
export interface Fault extends Pick<Problem, 'code' | 'details' | 'advice'> {
  workload: string;
  /** Into the spec; where it leads nowhere the nearest thing above it is pointed at. `kind`: what says of which kind it is. */
  path: Path | 'kind';
}

/**
 * Reads a project: pj.yaml, variables and every descriptor, checked and normalised. What is wrong is in the result, all of it; only a bug
 * throws. It asks no engine and writes nothing.
 */
export async function loadProject(options: LoadOptions): Promise<LoadedProject> {
  const problems: Problem[] = [];
  const cautions: Problem[] = [];
  const report: Report = (problem) => void problems.push(problem);
  const warn: Report = (problem) => void cautions.push(problem);
  const dir = resolve(options.dir);

  const isFolder = statSync(dir, { throwIfNoEntry: false })?.isDirectory() ?? false;
  if (!isFolder) report({ code: 'PJ1007', details: { dir: options.dir }, spots: [] });
  const project = await readProjectFile(dir, report);
  const { config } = project;
  const variables = await readVariables(dir, config, project.document, options, report);
  const files = isFolder ? discover(dir, exclusions(dir, config, options.varFiles), report) : [];
  const unreadable: SourceDocument[] = [];
  const documents = await parseFiles(files, report, (source) => unreadable.push(source));

  const names = knownNames(config, variables.values, options.env);
  const described = (id: string, replicas: number | undefined): void => describe(names, id, replicas);
  const drafts = documents.flatMap((document) => draftOf(document, names, report, described) ?? []);
  const unique = dropDuplicates(drafts, names, report);
  // one that can't be parsed is there all the same: those that depend on it are not to blame
  for (const source of unreadable) {
    const id = /^"?applicationId"?:[ \t]*["']?([\w.-]+)/m.exec(textOf(source))?.[1];
    if (id !== undefined) names.ids.add(id);
  }
  const built = unique.flatMap((draft) => build(draft, names, report));
  built.sort((a, b) => (a.workload.id < b.workload.id ? -1 : 1));
  const envFiles = readEnvFiles(built, dir, report);
  built.push(...linkUses(built, config.name, report), ...linkHosts(built, report));
  built.sort((a, b) => (a.workload.id < b.workload.id ? -1 : 1));
  resolveDependencies(built, names.replicated, names.ids, report, warn);
  reportCycles(built, report);
  reportPortClashes(built, report);
  reportAddresses(built, report);
  warnQuotas(built, options.host, warn);
  checkAgainstProject(project, names, report);

  const sensitive = Object.entries(config.variables).filter(([, { sensitive }]) => sensitive);
  const sensitiveVariables = Object.fromEntries(
    sensitive.flatMap(([name]) => {
      const value = variables.values.get(name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
  const hide = hider(Object.values(sensitiveVariables));
  const spots = new Map(built.map(({ workload, spot, draft }) => [workload.id, { spot, kindAt: draft.kindAt }]));
  const sources = new Map(files.map((file) => [file.path, file.text]));
  for (const file of [project.source, ...variables.files]) if (file !== undefined) sources.set(file.path, file.text);
  return {
    config: { ...config, secrets: { ...config.secrets, ...envFiles } },
    workloads: built.filter(({ broken }) => !broken).map(({ workload }) => workload),
    errors: await finishErrors(problems, hide),
    warnings: await finishWarnings(cautions),
    sources,
    sensitiveVariables,
    blame: (faults) =>
      finishErrors(
        faults.map(({ workload, path, ...fault }) => {
          const { spot, kindAt } = spots.get(workload) ?? {};
          const at = path === 'kind' ? kindAt : spot?.(path);
          return { ...fault, spots: at === undefined ? [] : [at] };
        }),
        hide,
      ),
  };
}

/** Variable files and secrets' files are no descriptors, wherever they lie. */
function exclusions(dir: string, config: ProjectConfig, varFiles: readonly string[]): Parameters<typeof discover>[1] {
  const secrets = Object.values(config.secrets).flatMap((source) => ('file' in source ? [source.file] : []));
  return { exclude: config.exclude, files: new Set([...varFiles, ...secrets].map((path) => resolve(dir, path))) };
}

interface MutableNames extends Names {
  ids: Set<string>;
  replicated: Map<string, number>;
}

function knownNames(
  config: ProjectConfig,
  variables: ReadonlyMap<string, Json>,
  env: LoadOptions['env'],
): MutableNames {
  const declared = Object.entries(config.variables);
  return {
    project: config.name,
    variables,
    declared: new Set(declared.map(([name]) => name)),
    sensitive: new Set(declared.filter(([, { sensitive }]) => sensitive).map(([name]) => name)),
    secrets: new Set(Object.keys(config.secrets)),
    env,
    ids: new Set(),
    replicated: new Map(),
  };
}

/** Makes an id known. */
function describe(names: MutableNames, id: string, replicas: number | undefined): void {
  if (replicas === undefined) names.ids.add(id);
  else names.replicated.set(id, replicas);
  for (let i = 0; i < (replicas ?? 0); i++) names.ids.add(`${id}-${i}`);
}

/** Fills in the ids; of descriptors with the same one the first stays, and both places are reported. */
function dropDuplicates(drafts: readonly Draft[], names: MutableNames, report: Report): Draft[] {
  const owner = new Map<string, Draft>();
  const spotOf = ({ source }: Draft): Spot => ({ document: source, path: ['applicationId'] });
  return drafts.filter((draft) => {
    const ids =
      draft.replicas === undefined
        ? [draft.id]
        : [draft.id, ...Array.from({ length: draft.replicas }, (_, i) => `${draft.id}-${i}`)];
    for (const id of ids) {
      const other = owner.get(id);
      if (other === undefined) continue;
      report({ code: 'PJ1040', details: { id }, spots: [spotOf(draft), spotOf(other)] });
      return false;
    }
    for (const id of ids) owner.set(id, draft);
    describe(names, draft.id, draft.replicas);
    return true;
  });
}

/** What pj.yaml renames or forgets can't still be described under that id. */
function checkAgainstProject({ config, document }: ReadProjectFile, names: Names, report: Report): void {
  if (document === undefined) return;
  for (const [i, { from }] of config.moved.entries()) {
    if (!names.ids.has(from)) continue;
    const what = `\`${from}\` is moved, but a descriptor still has that id`;
    report({ code: 'PJ1051', details: { what }, spots: [{ document, path: ['moved', i, 'from'] }] });
  }
  for (const [i, id] of config.forget.entries()) {
    if (!names.ids.has(id)) continue;
    const what = `\`${id}\` is to be forgotten, but a descriptor still has that id`;
    report({ code: 'PJ1051', details: { what }, spots: [{ document, path: ['forget', i] }] });
  }
}

/** Hides sensitive values in what is shown. */
function hider(values: readonly Json[]): (text: string) => string {
  const texts = values
    .map((value) => (typeof value === 'string' ? value : JSON.stringify(value)))
    .filter((text) => text.length >= 3)
    .sort((a, b) => b.length - a.length);
  return (text) => texts.reduce((hidden, secret) => hidden.replaceAll(secret, '(sensitive)'), text);
}
