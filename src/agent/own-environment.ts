import { engineEnvironment } from './engine-environment.ts';
import { baseEnvironment } from './environment.ts';
import { otelEnvironment } from './otel-environment.ts';

/**
 * The environment of the agent and of every `pj` that it runs: what a login gives, where the engines are, where telemetry goes. Both have the same, so that
 * what the watch sees and what is done about it are of the same engines. Relative paths count from `cwd`.
 */
export function ownEnvironment(env: Record<string, string | undefined>, cwd: string): Record<string, string> {
  return { ...baseEnvironment(env), ...engineEnvironment(env, cwd), ...otelEnvironment(env, cwd) };
}
