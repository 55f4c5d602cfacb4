import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: [
      'src/**/*.test.{ts,tsx}',
      'test/**/*.test.{ts,tsx}',
      'scripts/**/*.test.ts',
      'web/src/**/*.test.{ts,tsx}',
    ],
    setupFiles: ['test/helpers/setup.ts'],
    reporters: ['default', './scripts/plain-reporter.mjs'],
    env: { TZ: 'UTC' },
    // Only a test that hangs meets these: a machine that is busy with everything else is slow, not wrong.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 20_000 } },
  },
})
