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
/** A pause that took so much longer than it should: the machine slept, and what was connected may be dead by now. */
const sleptMs = 15_000

const isLookedAt = () => document.visibilityState === 'visible'

/** The stream, while it is wanted. `broken`: it ran and does not any more. */
class Ear<Body> {
  running = false
  private on: AbortController | undefined

  constructor(
    private readonly source: LiveSource<Body>,
    private readonly broken: () => void,
  ) {}

  hangUp(): void {
    this.on?.abort()
    this.on = undefined
    this.running = false
  }

  /** Connects or hangs up, as it is wanted now. */
  attend(): void {
    const { stream, signal, whileLookedAt } = this.source
    const wanted = stream !== undefined && !signal.aborted && (!whileLookedAt || isLookedAt())
    if (!wanted) this.hangUp()
    else if (!this.on) this.connect(stream)
  }

  private connect({ path, event, asking }: NonNullable<LiveSource<Body>['stream']>): void {
    const mine = new AbortController()
    this.on = mine
    void listen({
      path,
      asking,
      signal: mine.signal,
      take: (told: StreamEvent) => {
        if (told.type === event) this.source.take(JSON.parse(told.data) as Body)
      },
      running: (is) => {
        if (this.on !== mine) return
        const ran = this.running
        this.running = is
        if (ran && !is) this.broken()
        if (is) this.source.state?.('stream')
      },
    })
  }
}

/** Waits, but not when `signal` or the `wake` that is handed out says otherwise. */
async function rest(ms: number, signal: AbortSignal, handOut: (wake: () => void) => void): Promise<void> {
  const woken = new AbortController()
  const wake = () => woken.abort()
  handOut(wake)
  signal.addEventListener('abort', wake)
  await pause(ms, woken.signal).catch(() => undefined)
  signal.removeEventListener('abort', wake)
}

/**
 * What changes, as it changes: by the stream while there is one, by polling at the server's pace while there is none.
 * Asks at once when the stream breaks, when the machine wakes from sleep, and when the page is looked at again.
 */
export async function follow<Body>(source: LiveSource<Body>): Promise<void> {
  const { signal } = source
  let forced = true
  let wake = () => {}
  const lookNow = () => {
    forced = true
    wake()
  }
  const ear = new Ear(source, lookNow)
  const lookedAt = () => {
    ear.attend()
    if (isLookedAt()) lookNow()
  }
  document.addEventListener('visibilitychange', lookedAt)
  addEventListener('online', lookNow)
  signal.addEventListener('abort', () => {
    ear.hangUp()
    document.removeEventListener('visibilitychange', lookedAt)
    removeEventListener('online', lookNow)
  })
  ear.attend()
  while (!signal.aborted) {
    let wait: number | undefined = lostPauseMs
    const asleep = source.whileLookedAt && !isLookedAt()
    if (!asleep && (!ear.running || forced)) {
      forced = false
      try {
        wait = await source.poll()
        if (!ear.running) source.state?.('poll')
      } catch (error) {
        if (signal.aborted) return
        if (!ear.running) source.state?.('lost')
        if ((error as { final?: boolean }).final) throw error
      }
      if (wait === undefined) return
    }
    const began = Date.now()
    await rest(wait, signal, (by) => (wake = by))
    if (Date.now() - began > wait + sleptMs) {
      ear.hangUp()
      ear.attend()
      forced = true
    }
  }
}
