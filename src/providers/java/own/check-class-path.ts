import { classPathOf, featureOfClass } from '../../../jvm/classpath.ts';
import { type Pointer, pointer } from '../../../model/json.ts';
import type { Spec } from '../../../model/spec.ts';
import { leavesOf } from '../../../model/template.ts';
import { isInTmp } from '../../../os/sandbox.ts';
import type { Finding } from '../../contract.ts';

/** Classes that come with Java, of which no entry of a class path needs to know. */
const OF_JAVA = /^(java|javax|jdk|sun|com\.sun)\./;

/**
 * Whether every entry of the class path is there, the main class in it, and not too new for the Java that is to run it. `awaits`: it waits for a job,
 * which may be what builds it; what is not there yet is then looked at when it is created (PJ5608).
 */
export function checkClassPath(
  { java, security }: Spec,
  dir: string,
  feature: number | undefined,
  awaits = false,
): Finding[] {
  if (java === undefined) return [{ severity: 'error', message: 'it has no `java` block' }];
  const { jar, classpath, mainClass } = java;
  if (leavesOf([jar ?? '', classpath ?? '', mainClass ?? '']).length > 0) return [];
  const findings: Finding[] = [];
  const error = (path: Pointer, message: string, hint: string) =>
    findings.push({ severity: 'error', path, message, hint });
  const found = classPathOf(java, dir);
  for (const { entry, reason } of awaits ? [] : found.faults) {
    const index = classpath?.indexOf(entry) ?? -1;
    const path: Pointer = index < 0 ? '/java/jar' : pointer('java', 'classpath', index);
    error(path, reason, 'Build it, or correct the path; paths are relative to the project.');
  }
  const hidden = security?.['privateTmp'] === true ? hiddenIn(found.entries, dir, security['writablePaths']) : [];
  for (const entry of found.entries) {
    if (entry.includes(':'))
      error('/java/classpath', `${entry} has a colon in its name`, 'A class path cannot hold it: rename it.');
    if (hidden.includes(entry))
      error(
        '/java/classpath',
        `${entry} is hidden by privateTmp`,
        'Put it elsewhere, or into `security.writablePaths`.',
      );
  }
  if (found.faults.length > 0 || found.mainClass === undefined) return findings;
  const name = found.mainClass.replaceAll('/', '.');
  const needed = featureOfClass(found.entries, name);
  const path: Pointer = mainClass === undefined ? '/java/jar' : '/java/mainClass';
  if (needed === undefined && !OF_JAVA.test(name)) {
    if (!awaits)
      error(path, `the class ${name} is nowhere in its class path`, 'Correct the name, or add the jar that it is in.');
  } else if (needed !== undefined && feature !== undefined && needed > feature) {
    const hint = `Run it with Java ${needed} or newer (\`java.home\`), or compile it with \`--release ${feature}\`.`;
    error(path, `${name} was compiled for Java ${needed}, and is to run on ${feature}`, hint);
  }
  return findings;
}

/** Entries in /tmp that are neither in the project nor among the paths that stay to be seen. */
function hiddenIn(entries: readonly string[], dir: string, writable: unknown): string[] {
  const seen = [dir, ...(Array.isArray(writable) ? writable.filter((one) => typeof one === 'string') : [])];
  return entries.filter(
    (entry) => isInTmp(entry) && !seen.some((folder) => entry === folder || entry.startsWith(`${folder}/`)),
  );
}
