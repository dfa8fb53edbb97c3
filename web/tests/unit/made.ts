import type { Seat } from '../../shared/hall/layout'

export interface MadeSection {
  name: string
  tier: string
  price: number
  rows: number
  seatsPerRow: number
}

export const demo: MadeSection[] = [
  { name: 'VIP', tier: 'VIP', price: 150_000, rows: 2, seatsPerRow: 6 },
  { name: 'R', tier: 'R', price: 110_000, rows: 3, seatsPerRow: 8 },
]

/** Seats as the server numbers them: by section, row and place, from 1. */
export function seatsOf(sections: MadeSection[]): Seat[] {
  const seats: Seat[] = []
  for (const section of sections)
    for (let row = 1; row <= section.rows; ++row)
      for (let place = 1; place <= section.seatsPerRow; ++place)
        seats.push({
          seatId: seats.length + 1,
          seatNumber: `${section.name}-${row}-${place}`,
          section: section.name,
          row,
          tier: section.tier,
          price: section.price,
          status: 'AVAILABLE',
        })
  return seats
}
