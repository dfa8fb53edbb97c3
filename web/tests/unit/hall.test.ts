import { describe, expect, test } from 'vitest'
import { layOut, neighbour, seatAt, type SeatStatus } from '../../shared/hall/layout'
import { suggest } from '../../shared/hall/suggest'
import { SeatStatuses } from '../../shared/hall/status'
import { demo, seatsOf } from './made'

const hall = layOut(seatsOf(demo))
const free = (): SeatStatus[] => hall.seats.map(() => 'AVAILABLE')
const numbers = (seats: { seat: { seatNumber: string } }[]) => seats.map((each) => each.seat.seatNumber)

describe('the plan of a hall', () => {
  test('every seat has a place of its own, and is found there', () => {
    for (const seat of hall.seats) expect(seatAt(hall, seat.x, seat.y)).toBe(seat)
  })
  test('a point far from every seat finds none', () => {
    expect(seatAt(hall, 0, 0)).toBeUndefined()
  })
  test('tiers go from the dearest to the cheapest', () => {
    expect(hall.tiers.map((each) => each.name)).toEqual(['VIP', 'R'])
  })
  test('sections of one tier and depth stand side by side', () => {
    const wide = layOut(
      seatsOf([1, 2, 3].map((each) => ({ name: `S${each}`, tier: 'S', price: 1, rows: 4, seatsPerRow: 10 }))),
    )
    expect(new Set(wide.rows.map((each) => each.y)).size).toBe(4)
    expect(neighbour(wide, wide.seats[9]!, 'right').seat.seatNumber).toBe('S2-1-1')
  })
  test('arrows lead along the row, to the next row, and stop at the edge', () => {
    const at = (number: string) => hall.seats.find((each) => each.seat.seatNumber === number)!
    expect(neighbour(hall, at('VIP-1-1'), 'right')).toBe(at('VIP-1-2'))
    expect(neighbour(hall, at('VIP-1-1'), 'left')).toBe(at('VIP-1-1'))
    expect(neighbour(hall, at('VIP-1-3'), 'down')).toBe(at('VIP-2-3'))
    expect(neighbour(hall, at('VIP-2-3'), 'down').seat.section).toBe('R')
    expect(neighbour(hall, at('VIP-1-3'), 'up')).toBe(at('VIP-1-3'))
  })
})

describe('the best seats for me', () => {
  test('are together, in the middle, in front', () => {
    expect(numbers(suggest(hall, free(), { count: 2 }))).toEqual(['VIP-1-3', 'VIP-1-4'])
  })
  test('are of the tier that was asked for', () => {
    expect(numbers(suggest(hall, free(), { count: 2, tier: 'R' }))).toEqual(['R-1-4', 'R-1-5'])
  })
  test('leave out what is held or sold', () => {
    const statuses = free()
    statuses[2] = 'HELD'
    statuses[3] = 'SOLD'
    expect(numbers(suggest(hall, statuses, { count: 2, tier: 'VIP' }))).toEqual(['VIP-1-1', 'VIP-1-2'])
  })
  test('are as close together as can be where no row has room', () => {
    const statuses = hall.seats.map((each): SeatStatus => (each.place % 2 ? 'SOLD' : 'AVAILABLE'))
    const seats = suggest(hall, statuses, { count: 3, tier: 'VIP' })
    expect(seats).toHaveLength(3)
    expect(Math.max(...seats.map((each) => each.x)) - Math.min(...seats.map((each) => each.x))).toBeLessThanOrEqual(4)
  })
  test('are none where there are not enough', () => {
    expect(
      suggest(
        hall,
        hall.seats.map(() => 'SOLD'),
        { count: 1 },
      ),
    ).toEqual([])
    expect(suggest(hall, free(), { count: 100 })).toEqual([])
  })
  test('are the nearest to a seat that someone else took', () => {
    const statuses = free()
    statuses[0] = 'HELD'
    const gone = hall.seats[0]!
    expect(numbers(suggest(hall, statuses, { count: 1, near: gone }))).toEqual(['VIP-1-2'])
  })
})

describe('what changes in a hall', () => {
  test('a delta changes what it names', () => {
    const known = new SeatStatuses(free(), 3)
    expect(
      known.take({
        version: 4,
        changed: [
          { seatId: 1, status: 'HELD' },
          { seatId: 2, status: 'AVAILABLE' },
        ],
      }),
    ).toEqual([{ index: 0, status: 'HELD' }])
    expect(known.list[0]).toBe('HELD')
    expect(known.version).toBe(4)
  })
  test('a whole list changes what differs', () => {
    const known = new SeatStatuses(free(), 3)
    const seats = seatsOf(demo)
    seats[5]!.status = 'SOLD'
    expect(known.take({ optionId: 1, version: 9, seats })).toEqual([{ index: 5, status: 'SOLD' }])
  })
  test('older news changes nothing', () => {
    const known = new SeatStatuses(free(), 5)
    expect(known.take({ version: 4, changed: [{ seatId: 1, status: 'HELD' }] })).toEqual([])
    expect(known.list[0]).toBe('AVAILABLE')
  })
  test('seats that nobody knows are left out', () => {
    expect(new SeatStatuses(free(), 0).take({ version: 1, changed: [{ seatId: 1_000, status: 'SOLD' }] })).toEqual([])
  })
})
