import { resolve } from 'node:path';

/** Where engines are, and how they are reached: what providers and the tools that they run go by. No secret is among them. */
const ENGINES = [
  'DOCKER_HOST',
  'DOCKER_CONTEXT',
  'DOCKER_CONFIG',
  'DOCKER_TLS',
  'DOCKER_TLS_VERIFY',
  'DOCKER_CERT_PATH',
  'CONTAINER_HOST',
  'CONTAINER_SSHKEY',
  'PJ_LXC_PATH',
  'LIBVIRT_DEFAULT_URI',
  'JAVA_HOME',
  'SSH_AUTH_SOCK',
] as const;

/** Those that are paths, which may be relative to the folder of whoever starts it. */
const PATHS: readonly string[] = ['DOCKER_CONFIG', 'DOCKER_CERT_PATH', 'CONTAINER_SSHKEY', 'PJ_LXC_PATH', 'JAVA_HOME'];

/** What an agent inherits of whoever starts it, so that it finds the same engines: without it the watch would ask another one, or none. */
export function engineEnvironment(env: Record<string, string | undefined>, cwd: string): Record<string, string> {
  return Object.fromEntries(
    ENGINES.flatMap((name) => {
      const value = env[name];
      return value ? [[name, PATHS.includes(name) ? resolve(cwd, value) : value]] : [];
    }),
  );
}
