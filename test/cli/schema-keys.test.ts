import { describe, expect, it } from 'vitest';
import { explanation, nearestTopic } from '../../src/cli/explanations.ts';
import { schemaKeys } from '../../src/cli/schema-keys.ts';

describe('explanations', () => {
  it('follows references between schema files and into lists and maps', () => {
    const keys = new Map(schemaKeys('descriptor.json').map((key) => [key.path, key]));
    expect(keys.get('applicationId')?.required).toBe(true);
    expect(keys.get('native.command')).toMatchObject({ type: 'string', required: true });
    expect(keys.get('restart.policy')).toMatchObject({ type: 'no | on-failure | always', default: 'on-failure' });
    expect(keys.has('dependencies[].condition')).toBe(true);
    expect(keys.has('tags.NAME')).toBe(true);
  });

  it('describes every key', () => {
    const silent = schemaKeys('descriptor.json').filter((key) => key.description === '' && !key.path.endsWith('.NAME'));
    expect(silent.map((key) => key.path)).toEqual([]);
  });

  it('explains errors by code and keys by path, and says what was probably meant', () => {
    expect(explanation('PJ3010')).toContain('How to mend it:');
    expect(explanation('pj3010')).toBe(explanation('PJ3010'));
    expect(explanation('3010')).toBe(explanation('PJ3010'));
    expect(explanation('dependencies.condition')).toContain('completed');
    expect(explanation('healthCheck')).toMatch(/^Keys:$/m);
    expect(explanation('constructor')).toBeUndefined();
    expect(explanation('PJ9999')).toBeUndefined();
    expect(nearestTopic('helthCheck')).toBe('; did you mean healthCheck?');
  });
});
