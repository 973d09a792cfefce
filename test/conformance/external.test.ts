import { externalProvider } from '../../src/providers/external/index.ts';
import { conformance } from './suite.ts';

conformance('external', async () => ({
  provider: externalProvider,
  spec: { external: { address: '192.0.2.7', ports: { http: 80 } } },
  changes: [
    {
      path: '/external/address',
      spec: { external: { address: '192.0.2.8', ports: { http: 80 } } },
      updateClass: 'live' as const,
    },
  ],
  stateless: true,
  engineId: () => 'nothing of it runs here',
  leftovers: async () => [],
  clear: async () => undefined,
}));
