import { afterAll } from 'vitest';
import type { Spec } from '../../src/model/spec.ts';
import { containerProvider } from '../../src/providers/container/index.ts';
import { needs } from '../engines/engines.ts';
import { fresh, freshSubnet } from '../providers/container/api/engine-raw.ts';
import { lxcGround } from '../providers/container/lxc/ground.ts';
import { conformance } from './suite.ts';

needs('lxc')('networks and volumes on lxc', ({ lxc }) => {
  const ground = lxcGround(lxc);
  afterAll(() => ground.clear());
  const common = { neverStops: true, leftovers: async () => ground.leftovers(), clear: () => ground.clear() };

  conformance('network (lxc)', async () => {
    const { subnet, prefix } = freshSubnet();
    const network = {
      name: fresh('net'),
      runtime: 'lxc' as const,
      internal: true,
      subnet,
      gateway: `${prefix}.9`,
      ipRange: `${prefix}.128/25`,
      options: { mtu: '1400' },
      labels: { team: 'a' },
    };
    const spec: Spec = { network };
    const replaced = (path: string, other: Partial<typeof network>) => ({
      path,
      spec: { network: { ...network, ...other } },
      updateClass: 'replace' as const,
    });
    return {
      ...common,
      provider: () => containerProvider('network', { dir: '/', project: 'conformance', env: ground.env }),
      spec,
      changes: [
        { path: '/description', spec: { ...spec, description: 'the inner one' }, updateClass: 'live' },
        replaced('/network/internal', { internal: false }),
        replaced('/network/subnet', { subnet: '10.1.2.0/24' }),
        replaced('/network/name', { name: fresh('net') }),
      ],
      engineId: (attributes) => attributes['bridge'],
    };
  });

  conformance('volume (lxc)', async () => {
    const volume = { name: fresh('vol'), runtime: 'lxc' as const, driver: 'local', labels: { team: 'a' } };
    const spec: Spec = { volume };
    return {
      ...common,
      provider: () => containerProvider('volume', { dir: '/', project: 'conformance', env: ground.env }),
      spec,
      changes: [
        { path: '/description', spec: { ...spec, description: 'the data' }, updateClass: 'live' },
        { path: '/volume/type', spec: { volume: { ...volume, type: 'ephemeral' as const } }, updateClass: 'live' },
        { path: '/volume/driver', spec: { volume: { ...volume, driver: 'other' } }, updateClass: 'replace' },
      ],
      engineId: (attributes) => attributes['engineId'],
    };
  });
});
