import { defineConfig } from 'vitest/config'

const unit = {
  name: 'unit',
  include: ['tests/unit/**/*.test.{ts,tsx}'],
  environment: 'node',
  testTimeout: 60_000,
  hookTimeout: 60_000,
}

/** Real browsers against a real cluster, one file after the other: they would measure each other. */
const endToEnd = {
  name: 'e2e',
  include: ['tests/e2e/**/*.test.ts'],
  environment: 'node',
  globalSetup: ['tests/e2e/house.ts'],
  fileParallelism: false,
  testTimeout: 300_000,
  hookTimeout: 300_000,
  // On a slow machine everything takes its time; nothing is judged by how long it took.
  expect: { poll: { timeout: 60_000, interval: 100 } },
}

export default defineConfig({
  esbuild: { jsx: 'automatic', jsxImportSource: 'preact' },
  test: process.env['FRONTROW_E2E'] ? endToEnd : unit,
})
