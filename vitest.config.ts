import { defineConfig } from 'vitest/config';

// Files share their thread's module registry (no isolation: 8x faster), so tests keep no module-level state.
// How long may be waited is for a machine that is several times slower, or stands still for seconds: a run that passes never gets there.
const shared = {
  pool: 'threads',
  isolate: false,
  testTimeout: 120_000,
  hookTimeout: 180_000,
  // Vitest's own 1 s is less than a busy machine may stand still.
  expect: { poll: { timeout: 30_000 } },
} as const;

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...shared,
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**', 'test/crash/**'],
        },
      },
      { test: { ...shared, name: 'e2e', include: ['test/e2e/**/*.test.ts'], testTimeout: 300_000 } },
      { test: { ...shared, name: 'crash', include: ['test/crash/**/*.test.ts'], testTimeout: 900_000 } },
    ],
  },
});
