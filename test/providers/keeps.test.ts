import { describe, expect, it } from 'vitest';
import { externalProvider } from '../../src/providers/external/index.ts';
import { keepsNative } from '../../src/providers/native/classify.ts';

describe('attributes that a step leaves as they are', () => {
  it.each([
    ['address', ['/env/A'], true],
    ['ports.80', ['/env/A'], true],
    ['ports.80', ['/native/ports/0'], false],
    ['ports.80', ['/native/ports'], false],
    ['pid', [], false],
    ['state', [], false],
  ] as const)('of a native workload: %s through %j is %s', (attribute, paths, kept) => {
    expect(keepsNative(attribute, paths)).toBe(kept);
  });

  it.each([
    ['address', ['/external/ports/api'], true],
    ['address', ['/external/address'], false],
    ['ports.api', ['/external/ports'], false],
    ['ports.api', ['/external/ports/web'], true],
    ['ports', ['/external/ports/web'], false],
  ] as const)('of an external: %s through %j is %s', (attribute, paths, kept) => {
    expect(externalProvider().keeps?.(attribute, 'update', paths)).toBe(kept);
  });
});
