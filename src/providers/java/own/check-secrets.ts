import { type Json, type Pointer, pointer } from '../../../model/json.ts';
import type { Spec } from '../../../model/spec.ts';
import { isSensitive, leavesOf } from '../../../model/template.ts';
import type { Finding } from '../../contract.ts';

/** Keys of `java` whose value is but a part of a flag, or decides which files are read. */
const NEVER = ['mainClass', 'jar', 'classpath', 'home', 'version', 'heap'] as const;

/** Sensitive values stand where nobody sees them, or it is told who does. */
export function checkSecrets({ java = {}, security }: Spec): Finding[] {
  const findings: Finding[] = [];
  const refuse = (path: Pointer, value: unknown, where: string) => {
    if (!holdsSecret(value)) return;
    const hint = 'Put it into `env` or `properties`, which only its own user can read.';
    findings.push({ severity: 'error', path, message: `a sensitive value would be ${where}`, hint });
  };
  for (const key of NEVER)
    refuse(pointer('java', key), java[key], 'on its command line, which every user of this host can read');
  for (const key of ['filePermissions', 'socketPermissions'])
    refuse(pointer('security', key), security?.[key], 'in its policy file');
  for (const key of ['args', 'jvmArgs'] as const) {
    if (!holdsSecret(java[key])) continue;
    findings.push({
      severity: 'warning',
      path: pointer('java', key),
      message: 'a sensitive value in it is on the command line, which every user of this host can read',
      hint: 'Put it into `env` or `properties`, which only its own user can read.',
    });
  }
  return findings;
}

const holdsSecret = (value: unknown): boolean =>
  leavesOf(value as Json | undefined).some(
    (leaf) =>
      isSensitive(leaf) ||
      ('$template' in leaf && leaf.$template.sensitive) ||
      ('$unknown' in leaf && leaf.$unknown.sensitive),
  );
