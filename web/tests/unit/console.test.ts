import { describe, expect, test } from 'vitest'
import { admissionsOf } from '../../console/admissions'
import { alarmsOf } from '../../console/alarms'
import { between, quantile, read } from '../../console/figures'
import { seatsOf } from '../../console/hall_state'
import { summary } from '../../console/move_plan'
import { arrange } from '../../console/parts/shard_picture'
import type { Cluster, Shard } from '../../console/session'
import type { Sight } from '../../console/watch'

const node = (number: number, more: Partial<Cluster['nodes'][0]> = {}): Cluster['nodes'][0] => ({
  id: `id-${number}`,
  number,
  name: `node-${number}`,
  address: '127.0.0.1:1',
  roles: ['shards'],
  weight: 1,
  state: 'LIVING',
  startedAt: '2026-01-01T00:00:00.000Z',
  shards: 2,
  lease: 'HELD',
  leader: number === 1,
  ...more,
})
const shard = (number: number, owner: string | null, state: Shard['state'] = 'OWNED'): Shard => ({
  shard: number,
  owner,
  wanted: null,
  epoch: 1,
  state,
  actors: 0,
  lastMoveAt: null,
  lastMoveMs: null,
})
const clusterOf = (nodes: Cluster['nodes']): Cluster => ({
  shardCount: 4,
  self: 'id-1',
  leader: 'id-1',
  nodes,
  journal: { databases: 1, available: true, pending: 0, readsPending: 0 },
})
const sight = (at: number, nodes: Cluster['nodes'], shards: Shard[] = [], more: Partial<Sight> = {}): Sight => ({
  at,
  cluster: clusterOf(nodes),
  shards,
  concerts: [],
  rates: { admissions: 0, holds: 0, sales: 0, refusals: 0 },
  requests: { p50: undefined, p99: undefined },
  commands: { p50: 0.003, p99: 0.012 },
  commit: { p50: 0.002, p99: 0.01 },
  ...more,
})

describe('figures', () => {
  const text = `# HELP x y
x_total{route="a",listener="public"} 3
x_total{route="b\\"q",listener="public"} 4
x_total{route="a",listener="admin"} 100
s_bucket{le="0.1"} 50
s_bucket{le="1"} 100
s_bucket{le="+Inf"} 100
s_sum 20
`
  test('are summed over the labels that are let pass', () => {
    expect(read(text, (_, labels) => labels.get('listener') !== 'admin').values.get('x_total')).toBe(7)
  })
  test('quantiles lie within their buckets', () => {
    const histogram = read(text).histograms.get('s')!
    expect(quantile(histogram, 0.25)).toBeCloseTo(0.05)
    expect(quantile(histogram, 0.5)).toBeCloseTo(0.1)
    expect(quantile(histogram, 0.75)).toBeCloseTo(0.55)
    expect(quantile({ buckets: [] }, 0.5)).toBeUndefined()
    expect(
      quantile(
        {
          buckets: [
            [1, 0],
            [Infinity, 4],
          ],
        },
        0.99,
      ),
    ).toBe(1)
  })
  test('of a time are those that came since; a process that began anew counts from nothing', () => {
    const one = {
      buckets: [
        [1, 5],
        [Infinity, 10],
      ] as [number, number][],
    }
    const two = {
      buckets: [
        [1, 8],
        [Infinity, 20],
      ] as [number, number][],
    }
    expect(between(one, two).buckets).toEqual([
      [1, 3],
      [Infinity, 10],
    ])
    expect(between(two, one)).toBe(one)
    expect(between(undefined, one)).toBe(one)
  })
  test('admissions a second come from what was let in between two looks', () => {
    const look = (at: number, admittedTotal: number) => ({
      at,
      concerts: [{ concertId: 1, queue: { admittedTotal } } as never],
    })
    expect(admissionsOf(1, [look(0, 10), look(2_000, 30), look(3_000, 30)])).toEqual([null, 10, 0])
  })
})

describe('the picture of shards', () => {
  test('puts each shard into its owner’s box, and a shard without an owner nowhere', () => {
    const { boxes, squares, orphans } = arrange(
      clusterOf([node(1), node(2)]),
      [shard(0, 'id-1'), shard(1, 'id-2', 'MOVING'), shard(2, null, 'FREE')],
      4,
    )
    expect(boxes.map((each) => each.name)).toEqual(['node-1', 'node-2'])
    expect(squares[0]!.x).toBeLessThan(boxes[0]!.width)
    expect(squares[1]!.x).toBeGreaterThan(boxes[1]!.x)
    expect(squares[1]!.moving).toBe(true)
    expect(orphans).toEqual([2])
  })
  test('leaves fronts out', () => {
    expect(arrange(clusterOf([node(1), node(3, { roles: ['front'], shards: 0 })]), [], 4).boxes).toHaveLength(1)
  })
})

describe('alarms', () => {
  const texts = (...all: Sight[]) => alarmsOf(all, false, null).map((each) => each.text)
  test('there are none while all is well', () => {
    expect(texts(sight(0, [node(1)]), sight(1_000, [node(1)]))).toEqual([])
  })
  test('a node that was there and is not any more', () => {
    expect(texts(sight(0, [node(1), node(2)]), sight(1_000, [node(1)]))[0]).toContain('node-2 has left')
  })
  test('a lease that was not renewed, a journal that is away or slow', () => {
    expect(texts(sight(0, [node(1, { lease: 'LAPSED' })]))[0]).toContain('lease')
    expect(texts(sight(0, [node(1)], [], { commit: { p50: 0.1, p99: 0.9 } }))[0]).toContain('900 ms')
  })
  test('a shard without an owner for long, and not one that is just moving', () => {
    const free = [shard(0, null, 'FREE')]
    expect(texts(sight(0, [node(1)]), sight(6_000, [node(1)]), sight(7_000, [node(1)], free))).toEqual([])
    expect(texts(...[0, 2, 4, 6].map((each) => sight(each * 1_000, [node(1)], free)))[0]).toContain('no owner')
  })
  test('an audit that was not clean', () => {
    expect(
      alarmsOf([sight(0, [node(1)])], false, { clean: false, events: 1, entities: 1, checks: [] })[0]!.grave,
    ).toBe(true)
  })
})

describe('a plan of moves', () => {
  test('is said node by node', () => {
    const moves = [
      { shard: 1, from: 'id-1', to: 'id-2' },
      { shard: 2, from: 'id-1', to: 'id-2' },
      { shard: 3, from: 'id-1', to: 'id-3' },
    ]
    expect(summary({ moves }, clusterOf([node(1), node(2), node(3)]))).toEqual([
      'node-1 gives 2 to node-2, 1 to node-3',
    ])
  })
})

describe('a seat map’s state', () => {
  test('gives the seats as the contract numbers them, with their statuses', () => {
    const seats = seatsOf({
      terms: { sections: [{ name: 'A', tier: 'A', price: 1, rows: 2, seats_per_row: 3 }] },
      reservations: [
        { seats: [2], status: 'confirmed' },
        { seats: [4], status: 'paying' },
        { seats: [5], status: 'released' },
      ],
    })
    expect(seats.map((each) => each.seatNumber)).toEqual(['A-1-1', 'A-1-2', 'A-1-3', 'A-2-1', 'A-2-2', 'A-2-3'])
    expect(seats.map((each) => each.status)).toEqual([
      'AVAILABLE',
      'SOLD',
      'AVAILABLE',
      'HELD',
      'AVAILABLE',
      'AVAILABLE',
    ])
  })
})
