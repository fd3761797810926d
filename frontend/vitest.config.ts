import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    environment: 'node',
    // A property test is a hundred cases, and a busy machine is no failure.
    testTimeout: 30_000,
  },
});
