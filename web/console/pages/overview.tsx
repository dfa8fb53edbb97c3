import { useMemo } from 'preact/hooks'
import { figure, milliseconds, Tile, Title } from '../parts/basics'
import { Chart, type Line } from '../parts/chart'
import { ShardPicture } from '../parts/shard_picture'
import { alarms, sights, type Rates } from '../watch'

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

export function Overview() {
  const all = sights.value
  const now = all[all.length - 1]
  const times = useMemo(() => all.map((each) => each.at / 1_000), [all])
  const values = useMemo(() => lines.map((line) => all.map((each) => each.rates[line.of])), [all])
  if (!now) return <p role="status">Looking…</p>
  const sum = (of: (queue: NonNullable<(typeof now.concerts)[0]['queue']>) => number | undefined) =>
    now.concerts.reduce((total, each) => total + (each.queue ? (of(each.queue) ?? 0) : 0), 0)
  const seats = now.concerts.flatMap((each) => each.options)
  const sold = seats.reduce((total, each) => total + (each.seatsSold ?? 0), 0)
  const seatsAll = seats.reduce((total, each) => total + each.seatsTotal, 0)
  return (
    <>
      <Title>Overview</Title>
      <Alarms />
      <dl class="tiles">
        <Tile name="Waiting" value={figure(sum((each) => each.waiting))} />
        <Tile name="Shopping" value={figure(sum((each) => each.active))} />
        <Tile name="Sold" value={figure(sold)} note={`of ${figure(seatsAll)} seats`} />
        <Tile name="Requests, p50 / p99" value={`${milliseconds(now.latency.p50)} / ${milliseconds(now.latency.p99)}`} note="this node, 30 s" />
        <Tile name="Journal commit, p50 / p99" value={`${milliseconds(now.commit.p50)} / ${milliseconds(now.commit.p99)}`} note="this node, 30 s" />
        <Tile name="Journal backlog" value={figure(now.cluster.journal.pending)} note="events not yet written" />
      </dl>
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
