import type { Seat, SeatStatus } from '../shared/hall/layout'

/** What the journal's snapshot of a seat map says (persistence/snapshot_codec), as far as a picture needs it. */
export interface SeatMapState {
  terms: { sections: { name: string; tier: string; price: number; rows: number; seats_per_row: number }[] }
  reservations?: { seats: number[]; status: string }[]
}

const statusOf: Record<string, SeatStatus> = { held: 'HELD', paying: 'HELD', confirmed: 'SOLD' }

/** The seats of a seat map's state, numbered as the contract numbers them. */
export function seatsOf(state: SeatMapState): Seat[] {
  const seats: Seat[] = []
  for (const section of state.terms?.sections ?? [])
    for (let row = 1; row <= section.rows; ++row)
      for (let place = 1; place <= section.seats_per_row; ++place)
        seats.push({
          seatId: seats.length + 1,
          seatNumber: `${section.name}-${row}-${place}`,
          section: section.name,
          row,
          tier: section.tier,
          price: section.price,
          status: 'AVAILABLE',
        })
  for (const { seats: taken, status } of state.reservations ?? []) {
    const now = statusOf[status]
    if (now) for (const id of taken) if (seats[id - 1]) seats[id - 1]!.status = now
  }
  return seats
}
