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

/** What an agent inherits of whoever starts it, so that it finds the same engines: without it the watch would ask another one, or none. */
export function engineEnvironment(env: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(ENGINES.flatMap((name) => (env[name] ? [[name, env[name]]] : [])));
}
