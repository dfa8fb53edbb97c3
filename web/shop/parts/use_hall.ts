import { useEffect, useRef, useState } from 'preact/hooks'
import { ask, Refused, type Asking, type Schema } from '../../shared/api'
import { layOut, type Hall } from '../../shared/hall/layout'
import { SeatStatuses, type SeatChange, type SeatNews } from '../../shared/hall/status'
import { follow } from '../../shared/live'

/** Where the stream is missing: often enough to see a sale, seldom enough for a crowd. The list has an ETag. */
const seatPollMs = 2_000
const pollPatienceMs = 3_000

export interface OnShow {
  hall: Hall
  statuses: SeatStatuses
}

/** An option's seats as they change. `changed` is told of every change, after the statuses have it. */
export function useHall(option: number, asking: () => Asking, changed: (changes: SeatChange[]) => void) {
  const [shown, setShown] = useState<OnShow>()
  const [free, setFree] = useState<number>()
  const [error, setError] = useState<unknown>()
  const latest = useRef(changed)
  latest.current = changed
  useEffect(() => {
    const stop = new AbortController()
    const path = `/api/v1/options/${option}/seats`
    let made: OnShow | undefined
    let etag: string | undefined
    const take = (news: SeatNews) => {
      if (!made) {
        if (!('seats' in news)) return
        made = {
          hall: layOut(news.seats),
          statuses: new SeatStatuses(
            news.seats.map((each) => each.status),
            news.version,
          ),
        }
        setShown(made)
      } else {
        const changes = made.statuses.take(news)
        if (!changes.length) return
        latest.current(changes)
      }
      setFree(made.statuses.list.reduce((all, each) => all + Number(each === 'AVAILABLE'), 0))
    }
    const poll = async () => {
      try {
        const answer = await ask<Schema['SeatMap'] | null>(path, {
          ...asking(),
          ifNoneMatch: etag,
          signal: stop.signal,
          patienceMs: pollPatienceMs,
        })
        etag = answer.etag ?? etag
        setError(undefined)
        if (answer.body) take(answer.body)
        return seatPollMs
      } catch (failure) {
        if (!stop.signal.aborted) setError(failure)
        throw failure instanceof Refused && failure.status < 500 ? Object.assign(failure, { final: true }) : failure
      }
    }
    follow<SeatNews>({
      stream: { path: `${path}/events`, event: 'seats', asking },
      take,
      poll,
      signal: stop.signal,
      whileLookedAt: true,
    }).catch(() => undefined)
    return () => stop.abort()
  }, [option])
  return { shown, free, error }
}
