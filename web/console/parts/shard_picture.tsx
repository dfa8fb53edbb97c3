import { useMemo } from 'preact/hooks'
import type { Cluster, Shard } from '../session'

/** Each node a box, each shard a square in its owner's box: when a shard moves, its square glides over. */

const side = 14
const gap = 3
const pad = 16
const head = 46
/** Okabe and Ito's colours: told apart by every eye; the names stand above in any case. */
const colors = ['#0072b2', '#d98200', '#009e73', '#b3578f', '#56b4e9', '#c24b00', '#8a8a00', '#4d4d4d']

export interface Box {
  id: string
  name: string
  shards: number
  state: string
  leader: boolean
  color: string
  x: number
  y: number
  width: number
  height: number
}

export interface Square {
  shard: number
  x: number
  y: number
  color: string
  moving: boolean
}

export function arrange(
  cluster: Pick<Cluster, 'nodes' | 'shardCount'>,
  shards: readonly Pick<Shard, 'shard' | 'owner' | 'state'>[],
  across: number,
) {
  const hosts = cluster.nodes.filter((each) => each.roles.includes('shards') || each.shards > 0)
  const perRow = Math.max(1, Math.min(hosts.length, across))
  const columns = Math.max(4, Math.ceil(Math.sqrt((cluster.shardCount / Math.max(1, hosts.length)) * 1.8)))
  const width = columns * (side + gap) - gap + 2 * pad
  const deepest = Math.max(1, ...hosts.map((each) => shards.filter((shard) => shard.owner === each.id).length))
  const height = head + pad + Math.ceil(deepest / columns) * (side + gap)
  const boxes: Box[] = hosts.map((each, at) => ({
    id: each.id,
    name: each.name,
    shards: each.shards,
    state: each.state,
    leader: each.leader,
    color: colors[(each.number - 1) % colors.length]!,
    x: (at % perRow) * (width + 16),
    y: Math.floor(at / perRow) * (height + 16),
    width,
    height,
  }))
  const taken = new Map<string, number>()
  const orphans: number[] = []
  const squares: Square[] = shards.map((each) => {
    const box = boxes.find((one) => one.id === each.owner)
    if (!box) {
      orphans.push(each.shard)
      return { shard: each.shard, x: -100, y: -100, color: '#a3261b', moving: false }
    }
    const place = taken.get(box.id) ?? 0
    taken.set(box.id, place + 1)
    return {
      shard: each.shard,
      x: box.x + pad + (place % columns) * (side + gap),
      y: box.y + head + Math.floor(place / columns) * (side + gap),
      color: box.color,
      moving: each.state === 'MOVING',
    }
  })
  const lines = Math.max(1, Math.ceil(boxes.length / perRow))
  return { boxes, squares, orphans, width: perRow * (width + 16) - 16, height: lines * (height + 16) - 16 }
}

export function ShardPicture({ cluster, shards }: { cluster: Cluster; shards: Shard[] }) {
  const { boxes, squares, orphans, width, height } = useMemo(() => arrange(cluster, shards, 4), [cluster, shards])
  const moving = squares.filter((each) => each.moving).length
  const wordsOf = (box: Box) => `${box.name}: ${box.shards} shards${box.state === 'DRAINING' ? ', draining' : ''}`
  const said = `${boxes.map(wordsOf).join('; ')}. ${moving} moving, ${orphans.length} without an owner.`
  return (
    <figure class="shards">
      <svg viewBox={`-2 -2 ${width + 4} ${height + 4}`} role="img" aria-label={said}>
        {boxes.map((each) => (
          <g key={each.id} transform={`translate(${each.x} ${each.y})`}>
            <rect width={each.width} height={each.height} rx="12" class={`node-box ${each.state.toLowerCase()}`} />
            <text x={pad} y="24" class="node-name">
              {each.name}
              {each.leader ? ' ★' : ''}
            </text>
            <text x={each.width - pad} y="24" class="node-count">
              {each.state === 'DRAINING' ? 'draining · ' : ''}
              {each.shards}
            </text>
          </g>
        ))}
        {squares.map((each) => (
          <rect
            key={each.shard}
            class={each.moving ? 'shard moving' : 'shard'}
            width={side}
            height={side}
            rx="3"
            fill={each.color}
            style={{ transform: `translate(${each.x}px, ${each.y}px)` }}
          />
        ))}
      </svg>
      <figcaption class="quiet">
        {figureOf(squares.length)} shards · {moving} moving · {orphans.length} without an owner · ★ leads
      </figcaption>
    </figure>
  )
}

const figureOf = (value: number) => value.toLocaleString('en-GB')
