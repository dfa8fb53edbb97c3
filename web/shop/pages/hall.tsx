import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { ask, newKey, Refused, type Schema } from '../../shared/api'
import { layOut, type Hall, type PlacedSeat } from '../../shared/hall/layout'
import { SeatStatuses, type SeatNews } from '../../shared/hall/status'
import { suggest } from '../../shared/hall/suggest'
import { useAction, useLoaded, useRemaining } from '../../shared/hooks'
import { follow } from '../../shared/live'
import { go } from '../../shared/route'
import { dateTime, minutes, money, number } from '../../shared/words'
import { findOptions, type Found } from '../catalog'
import { Loading, Title, Trouble } from '../parts/basics'
import { SeatMap, type MapHandle } from '../parts/seat_map'
import { seatName } from '../parts/seat_names'
import { SignedIn } from '../parts/sign_in'
import { followPlace, type Place } from '../place'
import { paths } from '../routes'
import { askAs, person, placeIn } from '../session'
import { t } from '../texts'

/** Where the stream is missing: often enough to see a sale, seldom enough for a crowd. The list has an ETag. */
const seatPollMs = 2_000

interface OnShow {
  hall: Hall
  statuses: SeatStatuses
}

/** What the page tells about the last try. */
interface Told {
  text: string
  instead?: PlacedSeat[]
  tone: 'good' | 'bad'
}

const names = (seats: PlacedSeat[]) => seats.map((each) => seatName(each.seat)).join(', ')
const sum = (seats: PlacedSeat[]) => seats.reduce((total, each) => total + each.seat.price, 0)
const middle = (seats: PlacedSeat[]) => ({
  x: seats.reduce((total, each) => total + each.x, 0) / seats.length,
  y: seats.reduce((total, each) => total + each.y, 0) / seats.length,
})

function usePlace(concert: number): Place | undefined {
  const [place, setPlace] = useState<Place>()
  useEffect(() => {
    const token = placeIn(concert)
    if (!token) return
    const stop = new AbortController()
    void followPlace(concert, token, (news) => setPlace(news.gone ? undefined : (news.place ?? ((old: Place | undefined) => old))), stop.signal).catch(
      () => undefined,
    )
    return () => stop.abort()
  }, [concert])
  return place
}

function Seats({ found }: { found: Found }) {
  const { concert, option } = found
  const place = usePlace(concert.concertId)
  const about = useLoaded(`concert ${concert.concertId}`, (signal) => ask<Schema['Concert']>(`/api/v1/concerts/${concert.concertId}`, { signal }))
  const limit = about.value?.body.options.find((each) => each.optionId === option.optionId)?.maxSeatsPerUser ?? 4
  const [shown, setShown] = useState<OnShow>()
  const [failed, setFailed] = useState<unknown>()
  const [free, setFree] = useState(option.seatsAvailable)
  const [chosen, setChosen] = useState<number[]>([])
  const [told, setTold] = useState<Told>()
  const [count, setCount] = useState(2)
  const [tier, setTier] = useState('')
  const map = useRef<MapHandle>()
  const now = useRef({ chosen, shown })
  now.current = { chosen, shown }
  const asking = () => ({ token: person.value?.accessToken, queueToken: placeIn(concert.concertId) })
  const path = `/api/v1/options/${option.optionId}/seats`

  /** What became different: on the map, in the figures, and in one's own choice. */
  const take = (news: SeatNews) => {
    const { shown } = now.current
    if (!shown) {
      if (!('seats' in news)) return
      const made = { hall: layOut(news.seats), statuses: new SeatStatuses(news.seats.map((each) => each.status), news.version) }
      now.current.shown = made
      setShown(made)
    } else {
      const changes = shown.statuses.take(news)
      if (!changes.length) return
      map.current?.change(changes)
      const lost = changes.filter((each) => each.status !== 'AVAILABLE' && now.current.chosen.includes(each.index)).map((each) => each.index)
      if (lost.length && !hold.busy) lose(lost)
    }
    const { statuses } = now.current.shown!
    setFree(statuses.list.reduce((all, each) => all + Number(each === 'AVAILABLE'), 0))
  }

  /** Someone was faster: say so, and offer the nearest. */
  const lose = (indexes: number[], tone: 'taken' | 'takenLost' = 'takenLost') => {
    const { hall, statuses } = now.current.shown!
    const gone = indexes.map((each) => hall.seats[each]!)
    const kept = now.current.chosen.filter((each) => !indexes.includes(each))
    const hidden = statuses.list.map((each, at) => (kept.includes(at) ? 'HELD' : each))
    const tierOfGone = gone.every((each) => each.tier === gone[0]!.tier) ? gone[0]!.seat.tier : undefined
    const wish = { count: gone.length, near: middle(gone) }
    let instead = suggest(hall, hidden, { ...wish, tier: tierOfGone })
    if (!instead.length) instead = suggest(hall, hidden, wish)
    setChosen(kept)
    setTold({ text: t(tone, { seats: names(gone) }), instead, tone: 'bad' })
  }

  useEffect(() => {
    const stop = new AbortController()
    let etag: string | undefined
    follow<SeatNews>({
      stream: { path: `${path}/events`, event: 'seats', asking },
      take,
      signal: stop.signal,
      poll: async () => {
        try {
          const answer = await ask<Schema['SeatMap'] | null>(path, { ...asking(), ifNoneMatch: etag, signal: stop.signal, patienceMs: 3_000 })
          etag = answer.etag ?? etag
          setFailed(undefined)
          if (answer.body) take(answer.body)
          return seatPollMs
        } catch (error) {
          if (!stop.signal.aborted) setFailed(error)
          if (error instanceof Refused && error.status < 500) throw Object.assign(error, { final: true })
          throw error
        }
      },
    }).catch(() => undefined)
    return () => stop.abort()
  }, [path])

  const pick = (seat: PlacedSeat) => {
    const { chosen, shown } = now.current
    if (chosen.includes(seat.index)) setChosen(chosen.filter((each) => each !== seat.index))
    else if (shown!.statuses.list[seat.index] !== 'AVAILABLE')
      setTold({ text: t('seatSaid', { name: seatName(seat.seat), price: money(seat.seat.price), status: t(shown!.statuses.list[seat.index] === 'SOLD' ? 'sold' : 'held') }), tone: 'bad' })
    else if (chosen.length >= limit) setTold({ text: t('tooMany', { n: limit }), tone: 'bad' })
    else {
      setTold(undefined)
      setChosen([...chosen, seat.index])
    }
  }

  const best = () => {
    if (!shown) return
    const seats = suggest(shown.hall, shown.statuses.list, { count, tier: tier || undefined })
    setChosen(seats.map((each) => each.index))
    setTold(seats.length ? { text: t('suggested', { count: seats.length }), tone: 'good' } : { text: t('notEnough'), tone: 'bad' })
    if (seats[0]) map.current?.show(seats[0])
  }

  const hold = useAction(async (idempotencyKey) => {
    const seatIds = chosen.map((each) => each + 1)
    try {
      const { body } = await askAs<Schema['Reservation']>('/api/v1/reservations', {
        method: 'POST',
        queueToken: placeIn(concert.concertId),
        idempotencyKey,
        body: { optionId: option.optionId, seatIds },
      })
      go(paths.checkout(body.reservationId))
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      if (error.code === 'SEAT_TAKEN') {
        const taken = (error.problem['seats'] as number[]).map((each) => each - 1)
        const statuses = now.current.shown!.statuses
        const changes = taken.filter((each) => statuses.list[each] === 'AVAILABLE').map((index) => ({ index, status: 'HELD' as const }))
        for (const each of changes) statuses.list[each.index] = each.status
        map.current?.change(changes)
        lose(taken, 'taken')
      } else if (error.code === 'TOO_MANY_SEATS') setTold({ text: t('tooMany', { n: limit }), tone: 'bad' })
      else if (error.code === 'SALES_CLOSED') setTold({ text: t('salesClosed'), tone: 'bad' })
      else if (error.code.startsWith('QUEUE_TOKEN')) go(paths.wait(concert.concertId, option.optionId))
      throw error
    }
  }, newKey)

  const left = useRemaining(place?.validUntil ? Date.parse(place.validUntil) : undefined)
  const seats = useMemo(() => (shown ? chosen.map((each) => shown.hall.seats[each]!) : []), [shown, chosen])
  const expected = hold.error instanceof Refused && ['SEAT_TAKEN', 'TOO_MANY_SEATS', 'SALES_CLOSED'].includes(hold.error.code)
  const inside = place?.status === 'ACTIVE'
  return (
    <>
      <div class="hall-head">
        <div>
          <Title tab={t('hallTitle')}>{t('hallTitle')}</Title>
          <p class="quiet">
            {concert.title} · {dateTime(option.startsAt)}
          </p>
        </div>
        <p class="figures">
          {inside && (
            <span class="clock small" role="timer">
              {t('timeLeft', { time: minutes(left) })}
            </span>
          )}
          {free !== null && <span>{t('seatsFree', { free, all: option.seatsTotal })}</span>}
        </p>
      </div>
      {place && !inside && (
        <div class="notice">
          <p>{t('notActive')}</p>
          <a class="button" href={paths.wait(concert.concertId, option.optionId)}>
            {t('backToLine')}
          </a>
        </div>
      )}
      {failed instanceof Refused && failed.status === 403 ? (
        <div class="notice">
          <p>{t('guarded')}</p>
          <a class="button" href={paths.wait(concert.concertId, option.optionId)}>
            {t('joinLine')}
          </a>
        </div>
      ) : (
        !shown && (failed ? <Trouble error={failed} /> : <Loading />)
      )}
      {shown && (
        <div class="hall">
          <SeatMap hall={shown.hall} statuses={shown.statuses} chosen={chosen} onPick={pick} handle={(handle) => (map.current = handle)} />
          <aside class="panel">
            <form
              class="card best"
              onSubmit={(event) => {
                event.preventDefault()
                best()
              }}
            >
              <h2>{t('bestTitle')}</h2>
              <div class="fields">
                <label>
                  {t('howMany')}
                  <select value={String(count)} onChange={(event) => setCount(Number(event.currentTarget.value))}>
                    {Array.from({ length: limit }, (_, at) => (
                      <option key={at} value={String(at + 1)}>
                        {number(at + 1)}
                      </option>
                    ))}
                  </select>
                </label>
                <label>
                  {t('whichTier')}
                  <select value={tier} onChange={(event) => setTier(event.currentTarget.value)}>
                    <option value="">{t('anyTier')}</option>
                    {shown.hall.tiers.map((each) => (
                      <option key={each.name} value={each.name}>
                        {each.name} · {money(each.price)}
                      </option>
                    ))}
                  </select>
                </label>
              </div>
              <button class="button quiet">{t('suggest')}</button>
            </form>
            <section class="card choice">
              <h2>{t('yourChoice')}</h2>
              <div aria-live="polite">
                {told && (
                  <div class={`notice ${told.tone}`}>
                    <p>{told.text}</p>
                    {told.instead &&
                      (told.instead.length ? (
                        <>
                          <p>{t('nearest', { seats: names(told.instead), price: money(sum(told.instead)) })}</p>
                          <button
                            type="button"
                            class="button quiet"
                            onClick={() => {
                              setChosen([...chosen, ...told.instead!.map((each) => each.index)])
                              map.current?.show(told.instead![0]!)
                              setTold(undefined)
                            }}
                          >
                            {t('takeThese')}
                          </button>
                        </>
                      ) : (
                        <p>{t('noNearest')}</p>
                      ))}
                  </div>
                )}
                {!expected && <Trouble error={hold.error} />}
              </div>
              {seats.length === 0 && <p class="quiet">{t('nothingChosen')}</p>}
              <ul class="plain picked">
                {seats.map((each) => (
                  <li key={each.index}>
                    <span>{seatName(each.seat)}</span>
                    <span class="price">{money(each.seat.price)}</span>
                    <button type="button" class="remove" aria-label={t('remove', { name: seatName(each.seat) })} onClick={() => pick(each)}>
                      ×
                    </button>
                  </li>
                ))}
              </ul>
              {seats.length > 0 && (
                <>
                  <p class="spread total">
                    <span>{t('total')}</span>
                    <strong class="price">{money(sum(seats))}</strong>
                  </p>
                  <button type="button" class="button big" id="hold" aria-disabled={hold.busy} onClick={() => void hold.run()}>
                    {hold.busy ? t('holding') : t('hold', { count: seats.length })}
                  </button>
                  <p class="quiet small">{t('holdLead')}</p>
                </>
              )}
            </section>
          </aside>
        </div>
      )}
    </>
  )
}

export function HallPage({ option }: { option: number }) {
  const found = useLoaded(`option ${option}`, (signal) => findOptions([option], signal))
  const it = found.value?.get(option)
  if (!found.value) return found.error ? <Trouble error={found.error} again={found.again} /> : <Loading />
  if (!it) return <Title>{t('notFound')}</Title>
  return (
    <SignedIn>
      <Seats key={person.value?.userId} found={it} />
    </SignedIn>
  )
}
