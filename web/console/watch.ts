import { signal } from '@preact/signals'
import type { Schema } from '../shared/api'
import { alarmsOf, type Alarm } from './alarms'
import { between, quantile, read, type Reading } from './figures'
import { concertsNow, operate, token, type Actor, type Cluster, type Concert, type Shard } from './session'

/** Looks at the cluster once a second while a page wants to see it, and keeps the last minutes. */

export interface Rates {
  admissions: number
  holds: number
  sales: number
  refusals: number
}

export interface Percentiles {
  p50: number | undefined
  p99: number | undefined
}

export interface Sight {
  at: number
  cluster: Cluster
  shards: Shard[]
  concerts: Concert[]
  rates: Rates
  /** Seconds. Of buyers' requests, where this node has a public listener. */
  requests: Percentiles
  /** From a command's arrival at its actor to its durable answer. */
  commands: Percentiles
  /** Of a statement of the journal with its commit. */
  commit: Percentiles
}

const keptSights = 180
const lookMs = 1_000
/** Of what percentiles tell about. */
const windowMs = 30_000

export const sights = signal<Sight[]>([])
export const alarms = signal<Alarm[]>([])
export const lost = signal(false)
/** What the last audit said, if there was one here. */
export const lastAudit = signal<Schema['Audit'] | null>(null)

const eventKinds = { holds: 'seats_held', sales: 'seats_sold' } as const

let versions = new Map<number, number>()
let refusals = new Map<string, number>()
let admitted: number | undefined
let readings: { at: number; reading: Reading }[] = []
let before = 0

async function actorsOf(kind: 'seat_map' | 'queue'): Promise<Actor[]> {
  return (await operate<Schema['ActorPage']>(`/admin/v1/actors?kind=${kind}&limit=200`)).actors
}

/** New events of seat maps since the last look, by type; the first look counts nothing. */
async function countEvents(maps: Actor[]): Promise<{ holds: number; sales: number }> {
  const counted = { holds: 0, sales: 0 }
  await Promise.all(
    maps.map(async (each) => {
      const after = versions.get(each.id)
      if (after === undefined || after >= each.durableVersion) {
        versions.set(each.id, Math.max(after ?? 0, each.durableVersion))
        return
      }
      const { version, counts } = await operate<Schema['EventCounts']>(
        `/admin/v1/actors/seat_map/${each.id}/counts?after=${after}`,
      )
      versions.set(each.id, Math.max(version, after))
      counted.holds += counts[eventKinds.holds] ?? 0
      counted.sales += counts[eventKinds.sales] ?? 0
    }),
  )
  return counted
}

function countRefusals(actors: Actor[]): number {
  let more = 0
  const now = new Map<string, number>()
  for (const each of actors) {
    const name = `${each.kind}:${each.id}`
    const earlier = refusals.get(name)
    now.set(name, each.refusals)
    if (earlier !== undefined) more += Math.max(0, each.refusals - earlier) // a moved actor counts anew
  }
  refusals = now
  return more
}

function percentiles(name: string) {
  const last = readings[readings.length - 1]!
  const first = readings.find((each) => last.at - each.at <= windowMs) ?? last
  const now = last.reading.histograms.get(name)
  const counted = now && between(first === last ? undefined : first.reading.histograms.get(name), now)
  return { p50: counted && quantile(counted, 0.5), p99: counted && quantile(counted, 0.99) }
}

async function metrics(): Promise<string> {
  const response = await fetch('/metrics', { headers: { Authorization: `Bearer ${token.value}` }, cache: 'no-store' })
  return response.ok ? response.text() : ''
}

async function look(): Promise<void> {
  const [cluster, shards, concerts, maps, queues, text] = await Promise.all([
    operate<Cluster>('/admin/v1/cluster'),
    operate<Schema['ShardList']>('/admin/v1/shards'),
    concertsNow(),
    actorsOf('seat_map'),
    actorsOf('queue'),
    metrics(),
  ])
  const at = Date.now()
  const counted = await countEvents(maps)
  const seconds = before ? Math.max(0.5, (at - before) / 1_000) : Infinity
  before = at
  const people = concerts.reduce((sum, each) => sum + (each.queue?.admittedTotal ?? 0), 0)
  const admissions = admitted === undefined ? 0 : Math.max(0, people - admitted)
  admitted = people
  const keep = (name: string, labels: Map<string, string>) =>
    !name.startsWith('frontrow_http') || labels.get('listener') === 'public'
  readings.push({ at, reading: read(text, keep) })
  readings = readings.filter((each) => at - each.at <= windowMs + 5_000)
  const refused = countRefusals([...maps, ...queues])
  const sight: Sight = {
    at,
    cluster,
    shards: shards.shards,
    concerts,
    rates: {
      admissions: admissions / seconds,
      holds: counted.holds / seconds,
      sales: counted.sales / seconds,
      refusals: refused / seconds,
    },
    requests: percentiles('frontrow_http_request_seconds'),
    commands: percentiles('frontrow_command_seconds'),
    commit: percentiles('frontrow_journal_commit_seconds'),
  }
  sights.value = [...sights.value.slice(-keptSights + 1), sight]
}

let watchers = 0
let timer: ReturnType<typeof setTimeout> | undefined

async function round(): Promise<void> {
  try {
    if (token.value) await look()
    lost.value = false
  } catch {
    lost.value = true
  }
  alarms.value = alarmsOf(sights.value, lost.value, lastAudit.value)
  if (watchers > 0) timer = setTimeout(() => void round(), lookMs)
  else timer = undefined
}

/** Begins to look; the answer ends it. */
export function watch(): () => void {
  if (++watchers === 1 && timer === undefined) timer = setTimeout(() => void round(), 0)
  return () => void --watchers
}
