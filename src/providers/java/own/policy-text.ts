import { pathToFileURL } from 'node:url';
import type { AppCall } from '../../../jvm/protocol.ts';

type Policy = NonNullable<AppCall['security']>;

/** What a policy is written for. */
export interface PolicyFor {
  policy: Policy;
  /** Absolute paths. */
  classpath: readonly string[];
  javaHome: string;
  volumes: readonly { path: string; readOnly: boolean }[];
  /** pj's own jars on its class path, which may do anything. */
  trusted: readonly string[];
}

/**
 * What no application is kept from: all that is neither file system, network nor reflection, but for replacing the policy or the security manager
 * itself. Class, and then names or actions as in a policy file.
 */
const GRANTED: readonly (readonly [string, ...string[]])[] = [
  ...[
    ...[
      'accessClassInPackage.*',
      'accessDeclaredMembers',
      'accessSystemModules',
      'charsetProvider',
      'closeClassLoader',
    ],
    ...['createClassLoader', 'defineClass', 'defineClassInPackage.*', 'enableContextClassLoaderOverride', 'exitVM.*'],
    ...['getClassLoader', 'getFileStoreAttributes', 'getProtectionDomain', 'getStackTrace', 'getenv.*'],
    ...['getStackWalkerWithClassReference', 'inheritedChannel', 'loadLibrary.*', 'localeServiceProvider'],
    ...['loggerFinder', 'manageProcess', 'modifyThread', 'modifyThreadGroup', 'preferences', 'queuePrintJob'],
    ...['readFileDescriptor', 'selectorProvider', 'setContextClassLoader', 'setDefaultUncaughtExceptionHandler'],
    ...['setFactory', 'setIO', 'shutdownHooks', 'stopThread', 'usePolicy', 'writeFileDescriptor'],
  ].map((name): [string, string] => ['java.lang.RuntimePermission', name]),
  ['java.util.PropertyPermission', '*', 'read,write'],
  ['java.util.logging.LoggingPermission', 'control'],
  ['java.io.SerializablePermission', '*'],
  ['java.lang.management.ManagementPermission', 'monitor'],
  ['java.lang.management.ManagementPermission', 'control'],
  ['java.lang.reflect.ReflectPermission', 'newProxyInPackage.*'],
  ...['getPolicy', 'createAccessControlContext', 'getDomainCombiner', 'getProperty.*', 'setProperty.*'].map(
    (name): [string, string] => ['java.security.SecurityPermission', name],
  ),
  ...['insertProvider.*', 'removeProvider.*', 'putProviderProperty.*', 'clearProviderProperties.*'].map(
    (name): [string, string] => ['java.security.SecurityPermission', name],
  ),
  ['javax.management.MBeanPermission', '*', '*'],
  ['javax.management.MBeanServerPermission', '*'],
  ['javax.management.MBeanTrustPermission', 'register'],
  ['javax.net.ssl.SSLPermission', '*'],
  ['javax.security.auth.AuthPermission', '*'],
  ['java.sql.SQLPermission', '*'],
  ['java.awt.AWTPermission', '*'],
  ['java.net.NetPermission', '*'],
];

const EVERY_FILE = '<<ALL FILES>>';

/**
 * The text of a java.policy file that holds a policy. Whoever is kept from anything also starts no other program, which would not be kept from it,
 * unless a file permission allows it.
 */
export function policyText({ policy, classpath, javaHome, volumes, trusted }: PolicyFor): string {
  const lines: string[] = [];
  const permit = (kind: string, ...values: readonly string[]): void => {
    lines.push(`  permission ${kind} ${values.map(quoted).join(', ')};`);
  };
  for (const [kind, ...values] of GRANTED) permit(kind, ...values);
  if (policy.reflection) permit('java.lang.reflect.ReflectPermission', 'suppressAccessChecks');
  if (policy.networking) {
    permit('java.net.SocketPermission', '*', 'accept,connect,listen,resolve');
    permit('java.net.URLPermission', 'http:*', '*:*');
    permit('java.net.URLPermission', 'https:*', '*:*');
  }
  for (const { address, actions } of policy.sockets) permit('java.net.SocketPermission', address, actions);
  if (policy.fileSystem) {
    permit('java.io.FilePermission', EVERY_FILE, 'read,write,delete,readlink');
    permit('java.nio.file.LinkPermission', 'hard');
    permit('java.nio.file.LinkPermission', 'symbolic');
    if (policy.networking) permit('java.io.FilePermission', EVERY_FILE, 'execute');
  }
  for (const { path, actions } of policy.files) permit('java.io.FilePermission', path, actions);
  for (const path of [javaHome, ...classpath]) {
    permit('java.io.FilePermission', path, 'read,readlink');
    permit('java.io.FilePermission', `${path}/-`, 'read,readlink');
  }
  for (const { path, readOnly } of volumes)
    for (const one of [path, `${path}/-`])
      permit('java.io.FilePermission', one, readOnly ? 'read,readlink' : 'read,write,delete,readlink');
  const grants = trusted.map(
    (jar) => `grant codeBase ${quoted(pathToFileURL(jar).href)} {\n  permission java.security.AllPermission;\n};`,
  );
  return `${['// Made by pj from `security` of the descriptor.', ...grants, 'grant {', ...lines, '};'].join('\n')}\n`;
}

/** A text as it stands in a policy file. */
const quoted = (text: string): string => `"${text.replaceAll(/[\\"]/g, '\\$&').replaceAll('\n', '\\n')}"`;
