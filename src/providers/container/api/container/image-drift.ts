import type Dockerode from 'dockerode';
import type { Json, Pointer } from '../../../../model/json.ts';
import type { Spec } from '../../../../model/spec.ts';
import type { CallContext } from '../../../contract.ts';
import type { ApiEngine } from '../connection/engine.ts';
import { ALL_IMAGES } from '../connection/lists.ts';
import { namesOf } from './image-names.ts';
import type { SeenContainer } from './seen-container.ts';

/** What each tag that the engine has points to: ids without `sha256:`. */
export type ImageIds = ReadonlyMap<string, string>;

/** Every tag of the engine: one call. */
export async function imageIds(engine: ApiEngine, context: CallContext): Promise<ImageIds> {
  const doing = { action: 'list', id: 'the images' };
  const all = await engine.dial<Dockerode.ImageInfo[] | undefined>(doing, context, ALL_IMAGES);
  return new Map((all ?? []).flatMap(({ Id, RepoTags }) => (RepoTags ?? []).map((tag) => [tag, plain(Id)] as const)));
}

/** The image that it runs, where its tag points to another one by now. A tag that is gone, and one of a digest, says nothing. */
export function imageFields({ container }: Spec, seen: SeenContainer, ids: ImageIds): Record<Pointer, Json> {
  const image = container?.image;
  if (typeof image !== 'string' || image.includes('@')) return {};
  const now = namesOf(image).flatMap((name) => ids.get(name) ?? [])[0];
  const runs = plain(seen.imageId);
  if (now === undefined || runs === '' || now === runs) return {};
  return { '/container/image': `${image} (${runs.slice(0, 12)}; the tag points to ${now.slice(0, 12)} now)` };
}

const plain = (id: string): string => id.replace(/^sha256:/, '');
