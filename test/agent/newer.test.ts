import { expect, it } from 'vitest';
import { isNewer } from '../../src/agent/newer.ts';

it('compares versions as semver does', () => {
  const rising = [
    '1.0.0-alpha',
    '1.0.0-alpha.1',
    '1.0.0-alpha.beta',
    '1.0.0-beta',
    '1.0.0-beta.2',
    '1.0.0-beta.11',
    '1.0.0-rc.1',
    '1.0.0',
    '1.0.1',
    '1.2.0',
    '1.10.0',
    '2.0.0',
  ];
  for (const [i, a] of rising.entries())
    for (const [j, b] of rising.entries()) expect([a, b, isNewer(a, b)]).toEqual([a, b, i > j]);
  expect(isNewer('1.0.0+b', '1.0.0+a')).toBe(false);
  for (const odd of ['', 'x', '1', '1.2'])
    expect([isNewer(odd, '1.0.0'), isNewer('1.0.0', odd)]).toEqual([false, false]);
});
