import type { Json, Pointer } from '../../../../model/json.ts';
import { restartPolicy, type Spec } from '../../../../model/spec.ts';
import { restartOf } from './body.ts';
import type { Inspected } from './inspect.ts';

/** The restart policy that the engine has, where it is not the one that was set. */
export function restartFields(spec: Spec, { HostConfig }: Inspected): Record<Pointer, Json> {
  if (spec.restart === undefined) return {};
  const wanted = restartOf(restartPolicy(spec));
  const { Name, MaximumRetryCount = 0 } = HostConfig.RestartPolicy ?? {};
  const name = Name === undefined || Name === '' ? 'no' : Name;
  if (name !== wanted.Name) return { '/restart/policy': name === 'unless-stopped' ? 'always' : name };
  const counts = name === 'on-failure' && spec.restart.maxAttempts !== undefined;
  return counts && MaximumRetryCount !== wanted.MaximumRetryCount ? { '/restart/maxAttempts': MaximumRetryCount } : {};
}
