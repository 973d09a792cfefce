import { expect, it } from 'vitest';
import type { Spec } from '../../src/model/spec.ts';
import { planMigration } from '../../src/planner/migration.ts';
import { classifyVm } from '../../src/providers/vm/classify.ts';
import { changeIn, inputOf, lines, recorded, seen, withHealth, workload } from './scene.ts';

const HERE: Spec = { vm: { uri: 'qemu:///system', vcpu: 2, disks: [{ path: 'db.qcow2' }] } };
const THERE: Spec = { vm: { host: 'qemu+ssh://two/system', vcpu: 2, disks: [{ path: 'db.qcow2' }] } };
const db = workload('db', { kind: 'vm', provider: 'vm', spec: withHealth(HERE) });
const api = workload('api', { dependencies: [{ id: 'db', condition: 'healthy', restart: true }] });

it('a migration is one live step: nothing restarts, and what has drifted or waits for an apply stays as it is', () => {
  const given = {
    // The descriptors say something else by now.
    desired: [workload('db', { kind: 'vm', provider: 'vm', spec: { vm: { vcpu: 8 } } })],
    records: [recorded(db), recorded(api)],
    observed: [seen('db', 'running', { fields: { '/vm/vcpu': 1 } }), seen('api', 'dead')],
    rules: { classify: classifyVm, sideBySide: false },
  };
  const made = planMigration(inputOf(given), 'db', withHealth(THERE));
  expect(lines(made)).toEqual(['update db']);
  expect(changeIn(made, 'db')).toMatchObject({ action: 'update', downtime: false, dataLoss: [] });
  const differences = changeIn(made, 'db').differences.map(({ path, updateClass }) => [path, updateClass]);
  expect(differences).toEqual([
    ['/vm/host', 'live'],
    ['/vm/uri', 'live'],
  ]);
  expect(made.workloads['db']).toMatchObject({ spec: THERE });
  expect(changeIn(made, 'api').action).toBe('no-op');
});
