import { asksForPolicy, policyOf } from '../../../jvm/policy.ts';
import type { JavaSecurity } from '../../../model/java-spec.ts';
import { type Pointer, pointer } from '../../../model/json.ts';
import type { Spec } from '../../../model/spec.ts';
import { leavesOf } from '../../../model/template.ts';
import type { Finding } from '../../contract.ts';
import { WITHOUT_POLICIES } from './workshop.ts';

/** What holds where there is no security manager any more. */
const INSTEAD: Record<string, string> = {
  allowNetworking: 'Use `security.privateNetwork: true`: the kernel then gives it no network but its own loopback.',
  socketPermissions: 'Use `security.privateNetwork: true`, or a firewall for its `security.user`.',
  allowFileSystem: 'Use `security.readOnlyRoot: true` with `security.writablePaths`.',
  filePermissions: 'Use `security.readOnlyRoot: true` with `security.writablePaths`, and a `security.user`.',
  allowReflection: 'Modules refuse it by themselves for Java’s own classes: leave out `--add-opens` in `java.jvmArgs`.',
};

const FILE_ACTIONS = ['read', 'write', 'delete', 'execute', 'readlink'];
const SOCKET_ACTIONS = ['accept', 'connect', 'listen', 'resolve'];

/** Whether the Java that is to run it holds what its `security` asks for, and whether that can be read. */
export function checkPolicy({ security: told, java }: Spec, dir: string, feature: number | undefined): Finding[] {
  const findings: Finding[] = [];
  const error = (path: Pointer, message: string, hint: string) =>
    findings.push({ severity: 'error', path, message, hint });
  const manager = (java?.jvmArgs ?? []).findIndex(
    (arg) => typeof arg === 'string' && /^-Djava\.security\.manager(?!=disallow$)/.test(arg),
  );
  const gone = feature !== undefined && feature >= WITHOUT_POLICIES;
  if (gone && manager >= 0)
    error(
      pointer('java', 'jvmArgs', manager),
      `Java ${feature} does not start with a security manager`,
      'Leave it out.',
    );
  if (told === undefined || !asksForPolicy(told)) return findings;
  const security = told as JavaSecurity;
  if (feature !== undefined && (gone || feature < 17)) {
    for (const [key, hint] of Object.entries(INSTEAD)) {
      const value = security[key as keyof JavaSecurity];
      if (value === undefined || value === true) continue;
      if (key === 'filePermissions' && security.allowFileSystem === true) continue;
      if (key === 'socketPermissions' && security.allowNetworking === true) continue;
      const why = gone ? 'has no security manager any more' : 'is too old for the policies of pj';
      error(pointer('security', key), `${key} cannot be held: Java ${feature} ${why} (17–23 do)`, hint);
    }
    return findings;
  }
  const { filePermissions = [], socketPermissions = [] } = security;
  if (leavesOf([filePermissions, socketPermissions] as never).length > 0) return findings;
  const policy = policyOf(security, dir);
  const verify = (key: string, target: string, actions: string, known: readonly string[]) => {
    const path = pointer('security', key);
    const wrong = actions.split(',').filter((action) => !known.includes(action));
    if (target === '' || wrong.length > 0) {
      const hint = `Write \`ACTIONS TARGET\`, such as \`${known[0]} ${key === 'filePermissions' ? '/etc/app/-' : 'db:5432'}\`; actions: ${known.join(', ')}.`;
      error(path, `${JSON.stringify(`${actions} ${target}`.trim())} is no permission`, hint);
    }
    if (target.includes('${')) error(path, `${target} holds \${, which policies fill in by themselves`, 'Rename it.');
  };
  for (const { path, actions } of policy?.files ?? []) verify('filePermissions', path, actions, FILE_ACTIONS);
  for (const { address, actions } of policy?.sockets ?? [])
    verify('socketPermissions', address, actions, SOCKET_ACTIONS);
  return findings;
}
