import type { Hall, PlacedSeat, SeatStatus } from './layout'

export interface Wish {
  count: number
  /** Name of a tier; absent: any. */
  tier?: string | undefined
  /** As near as can be to here; absent: as near to the middle of the stage. */
  near?: { x: number; y: number } | undefined
}

/**
 * The best free seats for a wish: together in one row if any row has room, else as close together as can be. Empty
 * when there are not enough. Nothing is held by this.
 */
export function suggest(hall: Hall, statuses: readonly SeatStatus[], wish: Wish): PlacedSeat[] {
  const goal = wish.near ?? { x: hall.width / 2, y: 0 }
  // A row further back costs more than a seat to the side.
  const side = wish.near ? 0.9 : 0.6
  const cost = (seat: PlacedSeat) => Math.hypot((seat.x - goal.x) * side, seat.y - goal.y)
  const free = (seat: PlacedSeat) =>
    statuses[seat.index] === 'AVAILABLE' && (wish.tier === undefined || seat.seat.tier === wish.tier)
  let best: PlacedSeat[] = []
  let least = Infinity
  for (const row of hall.rows) {
    const seats = hall.seats.slice(row.first, row.first + row.count)
    let run = 0
    for (let at = 0; at < seats.length; ++at) {
      run = free(seats[at]!) ? run + 1 : 0
      if (run < wish.count) continue
      const together = seats.slice(at - wish.count + 1, at + 1)
      // Of the middle, for what is even about both ends alike.
      const sum = together.reduce((total, each) => total + cost(each), 0)
      if (sum < least - 1e-9) {
        least = sum
        best = together
      }
    }
  }
  if (best.length || wish.count === 1) return best
  const all = hall.seats.filter(free)
  if (all.length < wish.count) return []
  const first = all.reduce((left, right) => (cost(right) < cost(left) ? right : left))
  return all
    .map((seat) => ({ seat, far: Math.hypot(seat.x - first.x, seat.y - first.y) }))
    .sort((left, right) => left.far - right.far)
    .slice(0, wish.count)
    .map((each) => each.seat)
}
