import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { ask, newKey, Refused, type Schema } from '../../shared/api'
import type { PlacedSeat } from '../../shared/hall/layout'
import type { SeatChange } from '../../shared/hall/status'
import { suggest } from '../../shared/hall/suggest'
import { useAction, useLoaded, useRemaining } from '../../shared/hooks'
import { go } from '../../shared/route'
import { dateTime, minutes, money } from '../../shared/words'
import { findOptions, type Found } from '../catalog'
import { Failed, Loading, Title, Trouble } from '../parts/basics'
import { BestSeats, Choice, names, type Told } from '../parts/choice'
import { SeatMap, type MapHandle } from '../parts/seat_map'
import { seatName } from '../parts/seat_names'
import { SignedIn } from '../parts/sign_in'
import { useHall, type OnShow } from '../parts/use_hall'
import { followPlace, type Place } from '../place'
import { paths } from '../routes'
import { askAs, person, placeIn } from '../session'
import { t } from '../texts'

/** Until the concert has told its own. */
const seatsPerUser = 4

const middle = (seats: PlacedSeat[]) => ({
  x: seats.reduce((total, each) => total + each.x, 0) / seats.length,
  y: seats.reduce((total, each) => total + each.y, 0) / seats.length,
})

/** The nearest to what someone else took, of the same tier if there is any; not what is chosen already. */
function nearest({ hall, statuses }: OnShow, gone: PlacedSeat[], kept: number[]): PlacedSeat[] {
  const others = statuses.list.map((each, at) => (kept.includes(at) ? 'HELD' : each))
  const wish = { count: gone.length, near: middle(gone) }
  const oneTier = gone.every((each) => each.tier === gone[0]!.tier)
  const alike = oneTier ? suggest(hall, others, { ...wish, tier: gone[0]!.seat.tier }) : []
  return alike.length ? alike : suggest(hall, others, wish)
}

function usePlace(concert: number): Place | undefined {
  const [place, setPlace] = useState<Place>()
  useEffect(() => {
    const token = placeIn(concert)
    if (!token) return
    const stop = new AbortController()
    const tell = (news: { place?: Place; gone?: boolean }) => {
      if (news.gone) setPlace(undefined)
      else if (news.place) setPlace(news.place)
    }
    void followPlace(concert, token, 'asking', tell, stop.signal).catch(() => undefined)
    return () => stop.abort()
  }, [concert])
  return place
}

/** What is chosen, and what happens to it: by this person, by others, and by the server. */
function useChoice({ concert, option }: Found, limit: number) {
  const [chosen, setChosen] = useState<number[]>([])
  const [told, setTold] = useState<Told>()
  const map = useRef<MapHandle>()
  const now = useRef<{ chosen: number[]; shown: OnShow | undefined }>({ chosen, shown: undefined })

  const lose = (indexes: number[], tone: 'taken' | 'takenLost') => {
    const shown = now.current.shown!
    const gone = indexes.map((each) => shown.hall.seats[each]!)
    const kept = now.current.chosen.filter((each) => !indexes.includes(each))
    setChosen(kept)
    setTold({ text: t(tone, { seats: names(gone) }), instead: nearest(shown, gone, kept), tone: 'bad' })
  }
  const changed = (changes: SeatChange[]) => {
    map.current?.change(changes)
    const lost = changes
      .filter((each) => each.status !== 'AVAILABLE' && now.current.chosen.includes(each.index))
      .map((each) => each.index)
    if (lost.length && !hold.busy) lose(lost, 'takenLost')
  }
  const hall = useHall(
    option.optionId,
    () => ({ token: person.value?.accessToken, queueToken: placeIn(concert.concertId) }),
    changed,
  )
  now.current = { chosen, shown: hall.shown }

  const refused = (error: Refused) => {
    if (error.code === 'SEAT_TAKEN') {
      const taken = (error.problem['seats'] as number[]).map((each) => each - 1)
      const { statuses } = now.current.shown!
      const news = taken
        .filter((each) => statuses.list[each] === 'AVAILABLE')
        .map((index) => ({ index, status: 'HELD' as const }))
      for (const each of news) statuses.list[each.index] = each.status
      map.current?.change(news)
      lose(taken, 'taken')
    } else if (error.code === 'TOO_MANY_SEATS') setTold({ text: t('tooMany', { n: limit }), tone: 'bad' })
    else if (error.code === 'SALES_CLOSED') setTold({ text: t('salesClosed'), tone: 'bad' })
    else if (error.code.startsWith('QUEUE_TOKEN')) go(paths.wait(concert.concertId, option.optionId))
    else throw error
  }
  const hold = useAction(async (idempotencyKey) => {
    const body = { optionId: option.optionId, seatIds: chosen.map((each) => each + 1) }
    const asking = { method: 'POST', queueToken: placeIn(concert.concertId), idempotencyKey, body } as const
    await askAs<Schema['Reservation']>('/api/v1/reservations', asking)
      .then((held) => go(paths.checkout(held.body.reservationId)))
      .catch((error: unknown) => {
        if (error instanceof Refused) refused(error)
        else throw error
      })
  }, newKey)
  return { ...hall, chosen, setChosen, told, setTold, map, hold, now }
}

function useActs(choice: ReturnType<typeof useChoice>, limit: number) {
  const { now, setChosen, setTold, map } = choice
  const pick = (seat: PlacedSeat) => {
    const { chosen, shown } = now.current
    const status = shown!.statuses.list[seat.index]
    if (chosen.includes(seat.index)) setChosen(chosen.filter((each) => each !== seat.index))
    else if (status !== 'AVAILABLE')
      setTold({
        text: t('seatSaid', {
          name: seatName(seat.seat),
          price: money(seat.seat.price),
          status: t(status === 'SOLD' ? 'sold' : 'held'),
        }),
        tone: 'bad',
      })
    else if (chosen.length >= limit) setTold({ text: t('tooMany', { n: limit }), tone: 'bad' })
    else {
      setTold(undefined)
      setChosen([...chosen, seat.index])
    }
  }
  const best = (count: number, tier: string | undefined) => {
    const { hall, statuses } = now.current.shown!
    const seats = suggest(hall, statuses.list, { count, tier })
    setChosen(seats.map((each) => each.index))
    setTold(
      seats.length
        ? { text: t('suggested', { count: seats.length }), tone: 'good' }
        : { text: t('notEnough'), tone: 'bad' },
    )
    if (seats[0]) map.current?.show(seats[0])
  }
  const take = (seats: PlacedSeat[]) => {
    setChosen([...now.current.chosen, ...seats.map((each) => each.index)].slice(0, limit))
    map.current?.show(seats[0]!)
    setTold(undefined)
  }
  return { pick, best, take }
}

function Head({ found, place, free }: { found: Found; place: Place | undefined; free: number | undefined }) {
  const { concert, option } = found
  const left = useRemaining(place?.validUntil ? Date.parse(place.validUntil) : undefined)
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
          {place?.status === 'ACTIVE' && (
            <span class="clock small" role="timer">
              {t('timeLeft', { time: minutes(left) })}
            </span>
          )}
          {free !== undefined && <span>{t('seatsFree', { free, all: option.seatsTotal })}</span>}
        </p>
      </div>
      {place && place.status !== 'ACTIVE' && <ToLine found={found} text={t('notActive')} link={t('backToLine')} />}
    </>
  )
}

function ToLine({ found, text, link }: { found: Found; text: string; link: string }) {
  return (
    <div class="notice">
      <p>{text}</p>
      <a class="button" href={paths.wait(found.concert.concertId, found.option.optionId)}>
        {link}
      </a>
    </div>
  )
}

function Seats({ found }: { found: Found }) {
  const { concert, option } = found
  const place = usePlace(concert.concertId)
  const about = useLoaded(`concert ${concert.concertId}`, (signal) =>
    ask<Schema['Concert']>(`/api/v1/concerts/${concert.concertId}`, { signal }),
  )
  const limit =
    about.value?.body.options.find((each) => each.optionId === option.optionId)?.maxSeatsPerUser ?? seatsPerUser
  const choice = useChoice(found, limit)
  const { pick, best, take } = useActs(choice, limit)
  const { shown, chosen, error } = choice
  const seats = useMemo(() => (shown ? chosen.map((each) => shown.hall.seats[each]!) : []), [shown, chosen])
  const guarded = error instanceof Refused && error.status === 403
  return (
    <>
      <Head found={found} place={place} free={choice.free} />
      {guarded && <ToLine found={found} text={t('guarded')} link={t('joinLine')} />}
      {!shown && !guarded && (error ? <Trouble error={error} /> : <Loading />)}
      {shown && (
        <div class="hall">
          <SeatMap
            hall={shown.hall}
            statuses={shown.statuses}
            chosen={chosen}
            onPick={pick}
            handle={(handle) => (choice.map.current = handle)}
          />
          <aside class="panel">
            <BestSeats hall={shown.hall} limit={limit} onAsk={best} />
            <Choice
              seats={seats}
              told={choice.told}
              error={choice.hold.error}
              busy={choice.hold.busy}
              onTake={take}
              onRemove={pick}
              onHold={() => void choice.hold.run()}
            />
          </aside>
        </div>
      )}
    </>
  )
}

export function HallPage({ option }: { option: number }) {
  const found = useLoaded(`option ${option}`, (signal) => findOptions([option], signal))
  const it = found.value?.get(option)
  if (!found.value) return found.error ? <Failed error={found.error} again={found.again} /> : <Loading />
  if (!it) return <Title>{t('notFound')}</Title>
  return (
    <SignedIn>
      <Seats key={person.value?.userId} found={it} />
    </SignedIn>
  )
}
