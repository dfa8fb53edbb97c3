import { useEffect, useState } from 'preact/hooks'
import type { Schema } from '../../shared/api'
import { useLoaded } from '../../shared/hooks'
import { go } from '../../shared/route'
import type { SeatMapState } from '../hall_state'
import { figure, Tile, time, Title, Trouble } from '../parts/basics'
import { HallPicture } from '../parts/hall_picture'
import { actorPath } from '../routes'
import { operate, type Event, type Kind } from '../session'
import { sights } from '../watch'

const pageSize = 40
const named: Record<string, string> = { seat_map: 'Seat map', account: 'Account', queue: 'Queue' }

/** All events around a version: half of a page before it. */
async function eventsAround(kind: Kind, id: number, version: number, signal: AbortSignal): Promise<Event[]> {
  const after = Math.max(0, version - pageSize / 2)
  const page = await operate<Schema['EventPage']>(
    `/admin/v1/actors/${kind}/${id}/events?after=${after}&limit=${pageSize}`,
    { signal },
  )
  return page.events
}

function Relatives({ kind, id, event }: { kind: Kind; id: number; event: Event }) {
  const related = useLoaded(`relatives ${kind} ${id} ${event.version}`, (signal) =>
    operate<Schema['EventRelatives']>(`/admin/v1/actors/${kind}/${id}/events/${event.version}/relatives`, { signal }),
  )
  if (!event.traceId) return <p class="quiet">No request made this event: the clock did, or an operator.</p>
  return (
    <>
      <Trouble error={related.error} />
      <ol class="relatives">
        {related.value?.events.map((each) => (
          <li key={`${each.kind} ${each.id} ${each.version}`}>
            <a
              href={actorPath(each.kind, each.id, each.version)}
              {...(each.kind === kind && each.id === id && each.version === event.version
                ? { 'aria-current': 'true' as const }
                : {})}
            >
              {named[each.kind]} {each.id}, event {each.version}
            </a>
            <span>{each.type.replace(/_/g, ' ')}</span>
            <time>{time(each.at)}</time>
          </li>
        ))}
      </ol>
    </>
  )
}

function Timeline(props: { kind: Kind; id: number; events: Event[]; version: number }) {
  const { kind, id, events, version } = props
  return (
    <ol class="timeline">
      {events.map((each) => (
        <li key={each.version}>
          <a
            href={actorPath(kind, id, each.version)}
            {...(each.version === version ? { 'aria-current': 'true' as const } : {})}
          >
            <b>{each.version}</b>
            <span>{each.type.replace(/_/g, ' ')}</span>
            <time>{time(each.at)}</time>
          </a>
        </li>
      ))}
    </ol>
  )
}

/** What the actor is now, once a second. */
function useNow(kind: Kind, id: number) {
  const state = useLoaded(`state ${kind} ${id}`, (signal) =>
    operate<Schema['ActorState']>(`/admin/v1/actors/${kind}/${id}`, { signal }),
  )
  useEffect(() => {
    const timer = setInterval(state.again, 2_000)
    return () => clearInterval(timer)
  }, [state.again])
  return state
}

function Status({ kind, id }: { kind: Kind; id: number }) {
  const shard = useLoaded(`status ${kind} ${id} ${sights.value.length >> 1}`, (signal) =>
    operate<Schema['ActorPage']>(`/admin/v1/actors?kind=${kind}&after=${kind}:${id - 1}&limit=1`, { signal }).catch(
      () => undefined,
    ),
  )
  const [kept, setKept] = useState<Schema['Actor']>()
  useEffect(() => {
    const found = shard.value?.actors.find((each) => each.id === id)
    if (found) setKept(found)
  }, [shard.value])
  if (!kept) return null
  const node = sights.value[sights.value.length - 1]?.cluster.nodes.find((each) => each.id === kept.node)
  return (
    <dl class="tiles">
      <Tile name="Lives on" value={node?.name ?? '–'} note={`shard ${kept.shard}`} />
      <Tile name="Mailbox" value={figure(kept.mailboxLength)} />
      <Tile name="Version" value={figure(kept.version)} note={`durable ${figure(kept.durableVersion)}`} />
      <Tile name="Commands" value={figure(kept.commands)} note={`${figure(kept.refusals)} refused`} />
      <Tile name="Memory" value={`${figure(kept.memoryBytes / 1_024, 1)} KB`} />
    </dl>
  )
}

/**
 * The actor now, and, where a version is asked for, as it was after that event; what is shown stays until the next is
 * there.
 */
function useTravel(kind: Kind, id: number, asked: number | undefined) {
  const now = useNow(kind, id)
  const last = now.value?.version ?? 0
  const version = asked ?? last
  const past = useLoaded(`past ${kind} ${id} ${asked ?? 0}`, (signal) =>
    asked
      ? operate<Schema['ActorState']>(`/admin/v1/actors/${kind}/${id}?version=${asked}`, { signal })
      : Promise.resolve(undefined),
  )
  const events = useLoaded(`events ${kind} ${id} ${asked ?? `last ${last}`}`, (signal) =>
    version ? eventsAround(kind, id, version, signal) : Promise.resolve([]),
  )
  const [keptEvents, setKeptEvents] = useState<Event[]>([])
  useEffect(() => {
    if (events.value) setKeptEvents(events.value)
  }, [events.value])
  const [keptPast, setKeptPast] = useState<Schema['ActorState']>()
  useEffect(() => setKeptPast(asked ? (past.value ?? keptPast) : undefined), [past.value, asked])
  return { now, past, last, version, events: keptEvents, shown: asked ? keptPast : now.value }
}

/** Moves through an actor's past up to `last`, which is known once its present is. */
function Travel(props: { kind: Kind; id: number; asked: number | undefined; last: number }) {
  const { kind, id, asked, last } = props
  const version = asked ?? last
  const travel = (to: number) => go(actorPath(kind, id, to >= last ? undefined : Math.max(1, to)), 'replace')
  return (
    <section class="card travel">
      <label>
        {asked ? `As it was after event ${asked} of ${last}` : `As it is now, after event ${last}`}
        <input
          type="range"
          min={1}
          max={Math.max(1, last, version)}
          value={version}
          onInput={(event) => travel(Number(event.currentTarget.value))}
        />
      </label>
      <div class="actions">
        <button type="button" class="button quiet" onClick={() => travel(version - 1)} aria-disabled={version <= 1}>
          One back
        </button>
        <button
          type="button"
          class="button quiet"
          onClick={() => travel(version + 1)}
          aria-disabled={version >= last}
        >
          One on
        </button>
        <button type="button" class="button quiet" onClick={() => go(actorPath(kind, id), 'replace')}>
          Now
        </button>
      </div>
    </section>
  )
}

function EventCard({ kind, id, event }: { kind: Kind; id: number; event: Event }) {
  return (
    <section class="card">
      <h2>
        Event {event.version}: {event.type.replace(/_/g, ' ')}
      </h2>
      <pre tabIndex={0}>{JSON.stringify(event.data, null, 1)}</pre>
      <h3>What the same request led to{event.traceId && <small>trace {event.traceId}</small>}</h3>
      <Relatives kind={kind} id={id} event={event} />
    </section>
  )
}

export function ActorPage({ kind, id, version: asked }: { kind: Kind; id: number; version: number | undefined }) {
  const { now, past, last, version, events, shown } = useTravel(kind, id, asked)
  const event = events.find((each) => each.version === version)
  if (!now.value && now.error)
    return (
      <>
        <Title>{`${named[kind] ?? kind} ${id} cannot be shown`}</Title>
        <Trouble error={now.error} />
      </>
    )
  return (
    <>
      <Title>{`${named[kind] ?? kind} ${id}`}</Title>
      <Status kind={kind} id={id} />
      {now.value && <Travel kind={kind} id={id} asked={asked} last={last} />}
      <Trouble error={past.error} />
      <div class="actor">
        <section class="card">
          <h2>Events</h2>
          <Timeline kind={kind} id={id} events={events} version={version} />
        </section>
        <div class="actor-state">
          {kind === 'seat_map' && shown && (
            <section class="card">
              <HallPicture
                state={shown.state as never as SeatMapState}
                label={asked ? `After event ${shown.version}` : 'Now'}
              />
            </section>
          )}
          {event && <EventCard kind={kind} id={id} event={event} />}
          {shown && (
            <section class="card">
              <details>
                <summary>Whole state</summary>
                <pre tabIndex={0}>{JSON.stringify(shown.state, null, 1)}</pre>
              </details>
            </section>
          )}
        </div>
      </div>
    </>
  )
}
