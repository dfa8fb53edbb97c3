import { useMemo } from 'preact/hooks'
import { figure, milliseconds, Tile, Title } from '../parts/basics'
import { Chart, type Line } from '../parts/chart'
import { ShardPicture } from '../parts/shard_picture'
import { alarms, sights, type Percentiles, type Rates, type Sight } from '../watch'

const lines: (Line & { of: keyof Rates })[] = [
  { of: 'admissions', name: 'let in', color: '#0072b2' },
  { of: 'holds', name: 'holds', color: '#d98200', dash: [6, 3] },
  { of: 'sales', name: 'sales', color: '#009e73' },
  { of: 'refusals', name: 'refusals', color: '#a3261b', dash: [2, 3] },
]

export function Alarms() {
  return (
    <section class="alarms" aria-label="Alarms" aria-live="polite">
      {alarms.value.length === 0 ? (
        <p class="notice good">All is well.</p>
      ) : (
        alarms.value.map((each) => (
          <p key={each.text} class={each.grave ? 'notice bad' : 'notice'}>
            {each.text}
          </p>
        ))
      )}
    </section>
  )
}

const both = ({ p50, p99 }: Percentiles) => `${milliseconds(p50)} / ${milliseconds(p99)}`

/** What is so now, in the whole cluster; percentiles are this node's, of the last 30 seconds. */
function Figures({ now }: { now: Sight }) {
  const queues = now.concerts.flatMap((each) => each.queue ?? [])
  const dates = now.concerts.flatMap((each) => each.options)
  const sold = dates.reduce((total, each) => total + (each.seatsSold ?? 0), 0)
  const seats = dates.reduce((total, each) => total + each.seatsTotal, 0)
  const isFront = now.cluster.nodes.find((each) => each.id === now.cluster.self)?.roles.includes('front')
  return (
    <dl class="tiles">
      <Tile name="Waiting" value={figure(queues.reduce((total, each) => total + (each.waiting ?? 0), 0))} />
      <Tile name="Shopping" value={figure(queues.reduce((total, each) => total + (each.active ?? 0), 0))} />
      <Tile name="Sold" value={figure(sold)} note={`of ${figure(seats)} seats`} />
      {isFront && <Tile name="Requests, p50 / p99" value={both(now.requests)} note="this node, 30 s" />}
      <Tile name="Commands, p50 / p99" value={both(now.commands)} note="until durable; this node, 30 s" />
      <Tile name="Journal commit, p50 / p99" value={both(now.commit)} note="this node, 30 s" />
      <Tile name="Journal backlog" value={figure(now.cluster.journal.pending)} note="events not yet written" />
    </dl>
  )
}

export function Overview() {
  const all = sights.value
  const now = all[all.length - 1]
  const times = useMemo(() => all.map((each) => each.at / 1_000), [all])
  const values = useMemo(() => lines.map((line) => all.map((each) => each.rates[line.of])), [all])
  if (!now) return <p role="status">Looking…</p>
  return (
    <>
      <Title>Overview</Title>
      <Alarms />
      <Figures now={now} />
      <section class="card">
        <h2>Nodes and shards</h2>
        <ShardPicture cluster={now.cluster} shards={now.shards} />
      </section>
      <section class="card">
        <Chart label="A second, in the whole cluster" lines={lines} times={times} values={values} />
      </section>
    </>
  )
}
