// Builds the shop and the console and packs both into one file for the program to embed:
//   node pages.mjs PACK FOLDER
// The format of the pack is a grammar in http/page_pack.hpp. Beside each file lie its gzip and Brotli forms, made
// here once with all the patience that compressing for every visitor would not have.
import { mkdir, readFile, readdir, writeFile, rm } from 'node:fs/promises'
import { dirname, extname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { build } from 'vite'

const web = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const [pack, folder] = process.argv.slice(2)
if (!pack || !folder) throw new Error('usage: node pages.mjs PACK FOLDER')

const types = {
  '.html': 'text/html;|charset=utf-8',
  '.js': 'text/javascript;|charset=utf-8',
  '.css': 'text/css;|charset=utf-8',
  '.svg': 'image/svg+xml',
}
/** Below this a coding gains less than its header costs. */
const codedBytesMin = 512

async function filesIn(root) {
  const entries = await readdir(root, { recursive: true, withFileTypes: true })
  return entries
    .filter((each) => each.isFile())
    .map((each) => join(each.parentPath ?? each.path, each.name))
    .sort()
}

const lines = []
const bodies = []
let offset = 0
function put(face, path, type, coding, bytes) {
  lines.push(`${face} ${path} ${type} ${coding} ${offset} ${bytes.length}\n`)
  bodies.push(bytes)
  offset += bytes.length
}

for (const face of ['shop', 'console']) {
  const out = resolve(folder, face)
  await rm(out, { recursive: true, force: true })
  await build({
    configFile: join(web, 'vite.config.ts'),
    root: join(web, face),
    logLevel: 'error',
    build: { outDir: out, emptyOutDir: true },
  })
  for (const file of await filesIn(out)) {
    const name = relative(out, file)
    const type = types[extname(name)]
    if (!type) throw new Error(`${name}: what type is that?`)
    const bytes = await readFile(file)
    const path = name === 'index.html' ? '/' : `/${name}`
    put(face, path, type, 'identity', bytes)
    if (bytes.length < codedBytesMin) continue
    put(face, path, type, 'gzip', gzipSync(bytes, { level: 9 }))
    put(face, path, type, 'br', brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }))
  }
}
await mkdir(dirname(resolve(pack)), { recursive: true })
await writeFile(pack, Buffer.concat([Buffer.from(`frontrow pages 1\n${lines.join('')}\n`), ...bodies]))
