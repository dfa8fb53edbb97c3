import type { Schema } from '../shared/api'
import type { Sight } from './watch'

/** What an operator should know now, in plain words. */
export interface Alarm {
  grave: boolean
  text: string
}

/** A commit that takes longer makes people wait; a tenth of it is usual. */
const slowCommitSeconds = 0.25
/** A move takes less; a shard that nobody serves for longer is a trouble. */
const ownerlessMs = 5_000
/** Nodes that have gone within this time are still told of. */
const goneMs = 120_000

export function alarmsOf(sights: readonly Sight[], lost: boolean, audit: Schema['Audit'] | null): Alarm[] {
  const alarms: Alarm[] = []
  const now = sights[sights.length - 1]
  if (lost) alarms.push({ grave: true, text: 'This node does not answer. What you see is what it said last.' })
  if (!now) return alarms
  const present = new Set(now.cluster.nodes.map((each) => each.id))
  const told = new Set<string>()
  for (let at = sights.length - 1; at >= 0 && now.at - sights[at]!.at <= goneMs; --at)
    for (const each of sights[at]!.cluster.nodes)
      if (!present.has(each.id) && !told.has(each.id)) {
        told.add(each.id)
        const drained = each.state === 'DRAINING'
        alarms.push({
          grave: !drained,
          text: `${each.name} has left the cluster${drained ? ', drained' : ': it was stopped, or is lost'}.`,
        })
      }
  for (const each of now.cluster.nodes) {
    if (each.lease !== 'HELD')
      alarms.push({ grave: true, text: `${each.name} has not renewed its lease: it may be frozen or cut off.` })
    if (each.state === 'DRAINING' && each.shards > 0)
      alarms.push({ grave: false, text: `${each.name} is being drained: ${each.shards} shards to go.` })
  }
  const free = (sight: Sight) => sight.shards.filter((each) => each.state === 'FREE').length
  const since = sights.findIndex((each) => now.at - each.at <= ownerlessMs)
  if (free(now) > 0 && sights.slice(since).every((each) => free(each) > 0))
    alarms.push({ grave: true, text: `${free(now)} shards have no owner: what lives in them cannot be sold.` })
  if (!now.cluster.journal.available)
    alarms.push({ grave: true, text: 'The journal cannot be written: nothing is sold until the database is back.' })
  if ((now.commit.p99 ?? 0) > slowCommitSeconds)
    alarms.push({
      grave: false,
      text: `The journal is slow: one commit in a hundred takes ${Math.round(now.commit.p99! * 1_000)} ms or more.`,
    })
  for (const each of now.concerts)
    if (each.queue?.paused) alarms.push({ grave: false, text: `“${each.title}” is paused: nobody is let in.` })
  if (audit && !audit.clean) alarms.push({ grave: true, text: 'The last audit was not clean. See Audit.' })
  return alarms
}
