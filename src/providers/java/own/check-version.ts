import type { Spec } from '../../../model/spec.ts';
import { type FoundJava, satisfies } from '../../../os/jdk.ts';
import type { Finding } from '../../contract.ts';

/** Whether its Java is one that it can use. */
export function checkVersion({ java }: Spec, found: FoundJava | undefined): Finding[] {
  const wanted: unknown = java?.version;
  if (typeof wanted !== 'string') return [];
  const path = '/java/version';
  if (satisfies(0, wanted) === undefined) {
    const hint = 'Write a major version: `17` (exactly), `>=17`, `<21`.';
    return [{ severity: 'error', path, message: `${JSON.stringify(wanted)} is no version of Java`, hint }];
  }
  if (found === undefined || found.reason !== undefined || satisfies(found.feature, wanted) === true) return [];
  const message = `it needs Java ${wanted}, and ${found.home} is ${found.version}`;
  const hint = 'Name the home of another JDK or JRE (`java.home`, JAVA_HOME), or install one.';
  return [{ severity: 'error', path, message, hint }];
}
