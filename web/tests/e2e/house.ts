import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import type { TestProject } from 'vitest/node'

const run = promisify(execFile)
const root = resolve(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '../../..')

/** What scripts/cluster says of itself. */
export interface ClusterStatus {
  fronts: { name: string; http: string; pid: number }[]
  nodes: { name: string; admin: string; pid: number; nodeId: string; shards: number; state: string }[]
}

export async function cluster(folder: string, ...words: string[]): Promise<string> {
  const { stdout } = await run('scripts/cluster', [words[0]!, '--data-dir', folder, ...words.slice(1)], {
    cwd: root,
    maxBuffer: 1 << 24,
  })
  return stdout
}

export const clusterStatus = async (folder: string) =>
  JSON.parse(await cluster(folder, 'status', '--json')) as ClusterStatus

export const program = join(root, 'build/release/bin/frontrow')

declare module 'vitest' {
  export interface ProvidedContext {
    folder: string
  }
}

/** Three nodes, a front and a database for all files; each test makes its own concert. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  if (!existsSync(program)) throw new Error('build first: cmake --build --preset release')
  const folder = mkdtempSync(join(tmpdir(), 'frontrow-pages-'))
  const end = async () => {
    await cluster(folder, 'stop').catch(() => undefined)
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    // Leases and links for a machine that is busy with other things: nobody is to be dead who is only slow. A node
    // that is killed is found out at once all the same, by the lock that it no longer holds.
    const patient = [
      '--',
      '--cluster.lease-ms=30000',
      '--cluster.lease-margin-ms=5000',
      '--cluster.link-timeout-ms=15000',
    ]
    await cluster(
      folder,
      'start',
      '--nodes',
      '3',
      '--fronts',
      '1',
      '--demo',
      '0',
      '--rate-limits',
      '0',
      '--no-build',
      '--patience',
      '300',
      ...patient,
    )
  } catch (error) {
    await end()
    throw error
  }
  project.provide('folder', folder)
  return end
}
