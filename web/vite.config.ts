import { defineConfig } from 'vite'

export default defineConfig({
  appType: 'mpa',
  publicDir: false,
  esbuild: { jsx: 'automatic', jsxImportSource: 'preact', legalComments: 'none' },
  build: {
    target: 'es2020',
    // One level, and one segment: the program serves /assets/{file}.
    assetsDir: 'assets',
    // Everything is a file of its own: a style or picture within the page would be against the content policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
  },
})
