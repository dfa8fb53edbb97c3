import { listen, type StreamEvent } from './stream'
import { pause, type Asking } from './api'

export interface LiveSource<Body> {
  stream: { path: string; event: string; asking: () => Asking } | undefined
  take: (event: Body) => void
  /** Asks once; says how many milliseconds to wait before asking again, or `undefined` when all is over. */
  poll: () => Promise<number | undefined>
  /** How things come: for a small sign on the page. */
  state?: (state: 'stream' | 'poll' | 'lost') => void
  signal: AbortSignal
  /**
   * Nothing is asked while nobody looks. A browser has six connections to a server, for all tabs together: those that
   * are not looked at must not keep them.
   */
  whileLookedAt?: boolean
}

/** After a poll that nobody answered. */
const lostPauseMs = 2_000

/**
 * What changes, as it changes: by the stream while there is one, by polling at the server's pace while there is none.
 * Asks at once when the page wakes or is looked at again.
 */
export async function follow<Body>(source: LiveSource<Body>): Promise<void> {
  const { signal } = source
  let streaming = false
  let forced = true
  let wake = () => {}
  const wakeUp = () => {
    forced = true
    wake()
  }
  const isLookedAt = () => document.visibilityState === 'visible'
  let ear: AbortController | undefined
  const hear = () => {
    if (!source.stream || signal.aborted) return
    const wanted = !source.whileLookedAt || isLookedAt()
    if (wanted === (ear !== undefined)) return
    ear?.abort()
    ear = wanted ? new AbortController() : undefined
    const mine = ear
    if (!mine) return
    const { path, event, asking } = source.stream
    void listen({
      path,
      asking,
      signal: mine.signal,
      take: (told: StreamEvent) => {
        if (told.type === event) source.take(JSON.parse(told.data) as Body)
      },
      running: (is) => {
        if (ear !== mine) return
        if (streaming && !is) wakeUp() // look at once: what happened meanwhile?
        streaming = is
        if (is) source.state?.('stream')
      },
    })
  }
  const lookedAt = () => {
    hear()
    if (!ear) streaming = false
    if (isLookedAt()) wakeUp()
  }
  document.addEventListener('visibilitychange', lookedAt)
  addEventListener('online', wakeUp)
  signal.addEventListener('abort', () => {
    ear?.abort()
    document.removeEventListener('visibilitychange', lookedAt)
    removeEventListener('online', wakeUp)
  })
  hear()
  while (!signal.aborted) {
    let wait: number | undefined = lostPauseMs
    const asleep = source.whileLookedAt && !isLookedAt()
    if (!asleep && (!streaming || forced)) {
      forced = false
      try {
        wait = await source.poll()
        if (!streaming) source.state?.('poll')
      } catch (error) {
        if (signal.aborted) return
        if (!streaming) source.state?.('lost')
        if ((error as { final?: boolean }).final) throw error
      }
      if (wait === undefined) return
    }
    const woken = new AbortController()
    wake = () => woken.abort()
    const over = () => woken.abort()
    signal.addEventListener('abort', over)
    await pause(wait, woken.signal).catch(() => undefined)
    signal.removeEventListener('abort', over)
  }
}
