import { defineConfig } from 'vitest/config';

// Files share their thread's module registry (no isolation: 8x faster), so tests keep no module-level state.
const shared = { pool: 'threads', isolate: false, testTimeout: 30_000, hookTimeout: 60_000 } as const;

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
      { test: { ...shared, name: 'e2e', include: ['test/e2e/**/*.test.ts'], testTimeout: 120_000 } },
      { test: { ...shared, name: 'crash', include: ['test/crash/**/*.test.ts'], testTimeout: 900_000 } },
    ],
  },
});
