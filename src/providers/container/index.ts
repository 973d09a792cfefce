import type { Provider } from '../contract.ts';
import { classifyContainer, classifyNetwork, classifyVolume, containersApart } from './classify.ts';
import { providerOver } from './provider.ts';
import type { RuntimeOptions, ThingKind } from './runtime.ts';
import { runtimesOf } from './runtimes.ts';

const NOTHING = { pause: false, logs: false, exec: false, import: true, sideBySide: false, orphans: true };

/** The provider of containers, or of the networks and volumes that they use, on Docker, Podman or LXC. */
export function containerProvider(kind: ThingKind, options: RuntimeOptions): Provider {
  const runtimes = runtimesOf(options);
  switch (kind) {
    case 'container':
      return providerOver(kind, runtimes, {
        capabilities: { pause: true, logs: true, exec: true, import: true, sideBySide: true, orphans: true },
        classify: classifyContainer,
        apart: containersApart,
        // Its volumes are workloads of their own.
        dataIn: () => [],
      });
    case 'network':
      return providerOver(kind, runtimes, {
        capabilities: NOTHING,
        classify: classifyNetwork,
        keeps: (_, through) => through !== 'replace',
      });
    case 'volume':
      return providerOver(kind, runtimes, {
        capabilities: NOTHING,
        classify: classifyVolume,
        keeps: (_, through) => through !== 'replace',
        dataIn: ({ volume }, { replaced, destroyVolumes }) =>
          volume?.external === true || volume?.type === 'ephemeral' || !(replaced || destroyVolumes)
            ? []
            : [`volume ${volume?.name ?? ''}`],
      });
    default:
      return kind satisfies never;
  }
}
