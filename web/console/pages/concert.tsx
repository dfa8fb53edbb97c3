import { useEffect, useMemo, useState } from 'preact/hooks'
import { newKey, type Schema } from '../../shared/api'
import { useAction } from '../../shared/hooks'
import { figure, Tile, Title, Trouble } from '../parts/basics'
import { Chart } from '../parts/chart'
import { HallPicture } from '../parts/hall_picture'
import { OptionForm } from '../parts/option_form'
import { actorPath } from '../routes'
import { operate, type Concert, type Option } from '../session'
import { sights } from '../watch'
import { admissionsOf } from '../admissions'
import type { SeatMapState } from '../hall_state'
import { fieldNames } from './concerts'

const hallLookMs = 2_000

function Hall({ option }: { option: Option }) {
  const [state, setState] = useState<SeatMapState>()
  const [error, setError] = useState<unknown>()
  useEffect(() => {
    const stop = new AbortController()
    const look = () =>
      operate<Schema['ActorState']>(`/admin/v1/actors/seat_map/${option.optionId}`, { signal: stop.signal })
        .then((told) => {
          setState(told.state as never)
          setError(undefined)
        })
        .catch((failure) => !stop.signal.aborted && setError(failure))
    void look()
    const timer = setInterval(() => void look(), hallLookMs)
    return () => {
      clearInterval(timer)
      stop.abort()
    }
  }, [option.optionId])
  return (
    <section class="card">
      <h2>
        {option.title} ·{' '}
        {new Date(option.startsAt).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short' })}
      </h2>
      <p class="quiet">
        <a href={actorPath('seat_map', option.optionId)}>Its actor, event by event</a>
      </p>
      <Trouble error={error} />
      {state && <HallPicture state={state} label={option.title} />}
    </section>
  )
}

type Policy = Pick<
  Schema['QueuePolicyNow'],
  'ratePerSecond' | 'burst' | 'maxActive' | 'capacity' | 'activeSeconds' | 'abandonSeconds'
>

function PolicyForm({ concert }: { concert: Concert }) {
  const queue = concert.queue!
  const names = Object.keys(fieldNames) as (keyof Policy)[]
  /** What was typed and not yet sent; everything else shows what is in force. */
  const [edited, setEdited] = useState<Partial<Record<keyof Policy, string>>>({})
  const [said, setSaid] = useState('')
  const change = useAction(async (_key, body: object) => {
    await operate(`/admin/v1/concerts/${concert.concertId}/queue`, { method: 'PATCH', body })
    setSaid('Changed.')
  }, newKey)
  const changed = Object.fromEntries(
    names
      .filter((each) => edited[each] !== undefined && Number(edited[each]) !== queue[each])
      .map((each) => [each, Number(edited[each])]),
  )
  return (
    <form
      class="card"
      onSubmit={(event) => {
        event.preventDefault()
        if (Object.keys(changed).length) void change.run(changed).then(() => setEdited({}))
      }}
    >
      <h2>The line’s policy</h2>
      <div class="fields">
        {names.map((each) => (
          <label key={each}>
            {fieldNames[each]}
            <input
              required
              inputMode="numeric"
              pattern="[0-9]{1,8}"
              value={edited[each] ?? String(queue[each])}
              onInput={(event) => setEdited({ ...edited, [each]: event.currentTarget.value })}
            />
          </label>
        ))}
      </div>
      <Trouble error={change.error} />
      <div class="actions">
        <button class="button" aria-disabled={change.busy || !Object.keys(changed).length}>
          Change while it runs
        </button>
        <button type="button" class="button quiet" onClick={() => void change.run({ paused: !queue.paused })}>
          {queue.paused ? 'Go on letting people in' : 'Pause'}
        </button>
        <span role="status">{said}</span>
      </div>
    </form>
  )
}

function Figures({ queue }: { queue: NonNullable<Concert['queue']> }) {
  return (
    <dl class="tiles">
      <Tile name="Waiting" value={figure(queue.waiting ?? 0)} note={`of ${figure(queue.capacity ?? 0)} places`} />
      <Tile name="Shopping" value={figure(queue.active ?? 0)} note={`of ${figure(queue.maxActive ?? 0)} at once`} />
      <Tile name="Let in" value={figure(queue.admittedTotal ?? 0)} />
      <Tile name="The line" value={queue.paused ? 'paused' : queue.soldOut ? 'sold out' : 'open'} />
    </dl>
  )
}

function Charts({ concert: id }: { concert: number }) {
  const all = sights.value
  const [times, rates, lengths] = useMemo(() => {
    const queues = all.map((each) => each.concerts.find((one) => one.concertId === id)?.queue)
    const of = (name: 'ratePerSecond' | 'waiting' | 'active') => queues.map((each) => each?.[name] ?? null)
    return [
      all.map((each) => each.at / 1_000),
      [admissionsOf(id, all), of('ratePerSecond')],
      [of('waiting'), of('active')],
    ]
  }, [all])
  return (
    <section class="card two">
      <Chart
        label="Let in a second, against the policy"
        height={180}
        times={times}
        values={rates}
        lines={[
          { name: 'let in', color: '#0072b2' },
          { name: 'allowed', color: '#a3261b', dash: [6, 4] },
        ]}
      />
      <Chart
        label="People"
        height={180}
        times={times}
        values={lengths}
        lines={[
          { name: 'waiting', color: '#b3578f' },
          { name: 'shopping', color: '#009e73', dash: [6, 3] },
        ]}
      />
    </section>
  )
}

export function ConcertPage({ concert: id }: { concert: number }) {
  const now = sights.value[sights.value.length - 1]
  const concert = now?.concerts.find((each) => each.concertId === id)
  const [adding, setAdding] = useState(false)
  if (!now) return <p role="status">Looking…</p>
  if (!concert) return <Title>There is no such concert</Title>
  return (
    <>
      <Title>{concert.title}</Title>
      {concert.queue ? <Figures queue={concert.queue} /> : <p class="notice bad">Its queue does not answer.</p>}
      <Charts concert={id} />
      {concert.options.map((each) => (
        <Hall key={each.optionId} option={each} />
      ))}
      {concert.queue && <PolicyForm key={id} concert={concert} />}
      {adding ? (
        <OptionForm concert={id} onMade={() => setAdding(false)} />
      ) : (
        <div class="actions">
          <button type="button" class="button quiet" onClick={() => setAdding(true)}>
            Another date…
          </button>
          <a href={actorPath('queue', id)}>The queue’s actor</a>
        </div>
      )}
    </>
  )
}
