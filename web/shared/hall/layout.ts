import type { Schema } from '../api'

export type Seat = Schema['Seat']
export type SeatStatus = Schema['SeatStatus']

/** Where a seat stands on the plan. One unit is the distance between neighbours. */
export interface PlacedSeat {
  seat: Seat
  index: number
  x: number
  y: number
  /** Which tier, by price from the dearest. */
  tier: number
  /** Index into `rows`. */
  line: number
  /** Place within the row, from 0. */
  place: number
}

export interface Row {
  section: string
  row: number
  first: number // index of its first seat
  count: number
  y: number
}

export interface Tier {
  name: string
  price: number
}

export interface Hall {
  seats: PlacedSeat[]
  rows: Row[]
  tiers: Tier[]
  /** Names of sections and where to write them. */
  labels: { text: string; x: number; y: number }[]
  width: number
  height: number
}

const aisle = 2
const gap = 1.6
/** How far a row's ends bend away from the stage, for each unit from the middle squared. */
const bend = 0.004
/** Sections of one tier stand side by side while the whole stays this wide. */
const widthMax = 120

interface Block {
  name: string
  tier: string
  rows: number[][] // seat indexes
  width: number
}

function blocksOf(seats: Seat[]): Block[] {
  const blocks: Block[] = []
  let block: Block | undefined
  seats.forEach((seat, index) => {
    if (!block || block.name !== seat.section) {
      block = { name: seat.section, tier: seat.tier, rows: [], width: 0 }
      blocks.push(block)
    }
    const row = (block.rows[seat.row - 1] ??= [])
    row.push(index)
    block.width = Math.max(block.width, row.length)
  })
  return blocks
}

/** Consecutive sections of one tier and depth, side by side. */
function bandsOf(blocks: Block[]): Block[][] {
  const bands: Block[][] = []
  for (const block of blocks) {
    const band = bands[bands.length - 1]
    const width = band?.reduce((sum, each) => sum + each.width + aisle, 0) ?? 0
    if (
      band &&
      band[0]!.tier === block.tier &&
      band[0]!.rows.length === block.rows.length &&
      width + block.width <= widthMax
    )
      band.push(block)
    else bands.push([block])
  }
  return bands
}

export function tiersOf(seats: Seat[]): Tier[] {
  const prices = new Map<string, number>()
  for (const seat of seats) prices.set(seat.tier, Math.max(prices.get(seat.tier) ?? 0, seat.price))
  return [...prices].map(([name, price]) => ({ name, price })).sort((a, b) => b.price - a.price)
}

/** The plan of a hall: the stage above, sections in their order, rows bent around it. Seats keep their order. */
export function layOut(seats: Seat[]): Hall {
  const tiers = tiersOf(seats)
  const tierOf = new Map(tiers.map((each, at) => [each.name, at]))
  const placed: PlacedSeat[] = new Array(seats.length)
  const rows: Row[] = []
  const labels: Hall['labels'] = []
  const bands = bandsOf(blocksOf(seats))
  const width = Math.max(12, ...bands.map((band) => band.reduce((sum, each) => sum + each.width + aisle, -aisle))) + 6
  const middle = width / 2
  let y = 6
  for (const band of bands) {
    const bandWidth = band.reduce((sum, each) => sum + each.width + aisle, -aisle)
    let left = middle - bandWidth / 2
    for (const block of band) {
      labels.push({
        text: block.name,
        x: left + block.width / 2,
        y: y - 0.9 + bend * (left + block.width / 2 - middle) ** 2,
      })
      block.rows.forEach((row, depth) => {
        const start = left + (block.width - row.length) / 2 + 0.5
        rows.push({ section: block.name, row: depth + 1, first: row[0]!, count: row.length, y: y + depth })
        row.forEach((index, place) => {
          const x = start + place
          placed[index] = {
            seat: seats[index]!,
            index,
            x,
            y: y + depth + bend * (x - middle) ** 2,
            tier: tierOf.get(seats[index]!.tier)!,
            line: rows.length - 1,
            place,
          }
        })
      })
      left += block.width + aisle
    }
    y += Math.max(...band.map((each) => each.rows.length)) + gap
  }
  return { seats: placed, rows, tiers, labels, width, height: y + bend * middle ** 2 + 1 }
}

/** The seat nearest to a point of the plan, if one is within reach. */
export function seatAt(hall: Hall, x: number, y: number, reach = 0.75): PlacedSeat | undefined {
  const flat = y - bend * (x - hall.width / 2) ** 2
  let best: PlacedSeat | undefined
  let nearest = reach * reach
  for (const row of hall.rows) {
    if (Math.abs(row.y - flat) > reach + 0.3) continue
    const first = hall.seats[row.first]!
    const place = Math.min(row.count - 1, Math.max(0, Math.round(x - first.x)))
    const seat = hall.seats[row.first + place]!
    const distance = (seat.x - x) ** 2 + (seat.y - y) ** 2
    if (distance < nearest) {
      nearest = distance
      best = seat
    }
  }
  return best
}

/** The next seat in a direction, from one seat: along the row, or the nearest of the next row. */
export function neighbour(hall: Hall, from: PlacedSeat, way: 'left' | 'right' | 'up' | 'down'): PlacedSeat {
  if (way === 'left' || way === 'right') {
    const step = way === 'left' ? -1 : 1
    const row = hall.rows[from.line]!
    const place = from.place + step
    if (place >= 0 && place < row.count) return hall.seats[row.first + place]!
    // Across the aisle, if there is a row beside this one.
    const beside = hall.seats.filter(
      (each) => Math.abs(each.y - from.y) < 1.2 && each.line !== from.line && (each.x - from.x) * step > 0,
    )
    return nearestTo(beside, from.x, from.y) ?? from
  }
  const step = way === 'up' ? -1 : 1
  const row = hall.rows[from.line]!
  let best = Infinity
  for (const each of hall.rows) {
    const ahead = (each.y - row.y) * step
    if (ahead > 0.01 && ahead < best) best = ahead
  }
  if (best === Infinity) return from
  const next = hall.rows.filter((each) => Math.abs((each.y - row.y) * step - best) < 0.01)
  const seats = next.flatMap((each) => hall.seats.slice(each.first, each.first + each.count))
  return nearestTo(seats, from.x, from.y) ?? from
}

function nearestTo(seats: PlacedSeat[], x: number, y: number): PlacedSeat | undefined {
  let best: PlacedSeat | undefined
  let nearest = Infinity
  for (const seat of seats) {
    const distance = (seat.x - x) ** 2 + ((seat.y - y) * 1.5) ** 2
    if (distance < nearest) {
      nearest = distance
      best = seat
    }
  }
  return best
}
