import type { Schema } from '../shared/api'

/** People let in a second, of one concert, between looks. */
export function admissionsOf(
  concert: number,
  all: readonly { at: number; concerts: Schema['ConcertNow'][] }[],
): (number | null)[] {
  let before: { at: number; total: number } | undefined
  return all.map((sight) => {
    const total = sight.concerts.find((each) => each.concertId === concert)?.queue?.admittedTotal
    if (total === undefined) return null
    const rate = before ? Math.max(0, total - before.total) / Math.max(0.5, (sight.at - before.at) / 1_000) : null
    before = { at: sight.at, total }
    return rate
  })
}
