import { defineConfig } from 'vitest/config'

declare module 'vitest' {
  interface ProvidedContext {
    /** Damaged inputs a parser; `npm run fuzz` asks for a million. */
    fuzzRuns: number
  }
}

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
    provide: { fuzzRuns: Number(process.env['FUZZ_RUNS'] ?? (process.env['CI'] ? 20_000 : 2_000)) },
    // Only a test that hangs meets these: a machine that is busy with everything else is slow, not wrong.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 20_000 } },
  },
})
