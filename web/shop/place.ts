import { ask, Refused, type Schema } from '../shared/api'
import { follow } from '../shared/live'
import { askAs, keepPlace, person, placeIn } from './session'

export type Place = Schema['QueuePlace']

/** Whoever wants a place does not give up because a front is gone. */
const joinPatienceMs = 10 * 60_000

/** Joins, or finds the place that this person has already. */
export async function join(concert: number, idempotencyKey: string): Promise<Place> {
  const { body } = await askAs<Place>(`/api/v1/concerts/${concert}/queue`, {
    method: 'POST',
    idempotencyKey,
    patienceMs: joinPatienceMs,
  })
  keepPlace(concert, body.queueToken)
  return body
}

export async function leave(concert: number): Promise<void> {
  const queueToken = placeIn(concert)
  if (queueToken) await askAs('/api/v1/queue', { method: 'DELETE', queueToken })
  keepPlace(concert, undefined)
}

const isOver = (place: Place) => place.status !== 'WAITING' && place.status !== 'ACTIVE'
/** While one shops: the end of the shopping time is known, so looking is for surprises only. */
const activePauseMs = 5_000
/** One poll; the rounds themselves do not end. */
const pollPatienceMs = 3_000

export interface PlaceNews {
  place?: Place
  state?: 'stream' | 'poll' | 'lost'
  /** The token is good for nothing any more. */
  gone?: boolean
}

/**
 * Follows a place until it is over or `signal` says so: by the stream, or, where a stream for something else is open
 * already, by asking.
 */
export async function followPlace(
  concert: number,
  queueToken: string,
  by: 'stream' | 'asking',
  tell: (news: PlaceNews) => void,
  signal: AbortSignal,
): Promise<void> {
  const stop = new AbortController()
  signal.addEventListener('abort', () => stop.abort())
  const asking = () => ({ queueToken, token: person.value?.accessToken })
  const take = (place: Place) => {
    tell({ place })
    if (isOver(place)) {
      keepPlace(concert, undefined)
      stop.abort()
    }
  }
  await follow<Place>({
    stream: by === 'stream' ? { path: '/api/v1/queue/events', event: 'queue', asking } : undefined,
    take,
    state: (state) => tell({ state }),
    signal: stop.signal,
    poll: async () => {
      try {
        const { body } = await ask<Place>('/api/v1/queue', {
          ...asking(),
          signal: stop.signal,
          patienceMs: pollPatienceMs,
        })
        take(body)
        return isOver(body)
          ? undefined
          : body.status === 'ACTIVE'
            ? activePauseMs
            : (body.pollAfterMs ?? activePauseMs)
      } catch (error) {
        if (error instanceof Refused && [400, 401, 403, 404].includes(error.status)) {
          keepPlace(concert, undefined)
          tell({ gone: true })
          stop.abort()
          return undefined
        }
        throw error
      }
    },
  })
}
