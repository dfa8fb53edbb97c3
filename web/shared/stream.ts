import { headersOf, pause, Refused, refusedOf, type Asking } from './api'

/** One event of a `text/event-stream` (WHATWG HTML, 9.2). */
export interface StreamEvent {
  type: string
  data: string
  id: string
}

/** Cuts a stream of text into events; comments and unknown fields are left out. */
export class EventCutter {
  private rest = ''
  private lines: string[] = []
  lastId = ''
  /** What the server asked for before connecting again, if it did. */
  retryMs: number | undefined

  push(text: string): StreamEvent[] {
    const events: StreamEvent[] = []
    const lines = (this.rest + text).split(/\r\n|\n|\r(?!$)/)
    this.rest = lines.pop() ?? ''
    for (const line of lines) {
      if (line !== '') {
        this.lines.push(line)
        continue
      }
      const event = this.finish()
      if (event) events.push(event)
    }
    return events
  }

  private finish(): StreamEvent | undefined {
    let type = 'message'
    const data: string[] = []
    for (const line of this.lines) {
      const colon = line.indexOf(':')
      const name = colon < 0 ? line : line.slice(0, colon)
      const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
      if (name === 'event') type = value
      else if (name === 'data') data.push(value)
      else if (name === 'id') this.lastId = value
      else if (name === 'retry' && /^\d+$/.test(value)) this.retryMs = Number(value)
    }
    this.lines = []
    return data.length ? { type, data: data.join('\n'), id: this.lastId } : undefined
  }
}

/** The server sends at least a comment every 15 s; twice missed is broken. */
const silenceMaxMs = 40_000
const firstPauseMs = 500
const longestPauseMs = 30_000
/** A server without this stream may have it after an update. */
const absentPauseMs = 60_000

async function readAll(
  response: Response,
  stop: AbortController,
  cutter: EventCutter,
  take: (event: StreamEvent) => void,
) {
  const reader = response.body!.getReader()
  const decoder = new TextDecoder()
  let timer: ReturnType<typeof setTimeout> | undefined
  try {
    for (;;) {
      clearTimeout(timer)
      timer = setTimeout(() => {
        stop.abort()
        void reader.cancel().catch(() => undefined)
      }, silenceMaxMs)
      const { done, value } = await reader.read()
      if (done) return
      for (const event of cutter.push(decoder.decode(value, { stream: true }))) take(event)
    }
  } finally {
    clearTimeout(timer)
  }
}

export interface Listening {
  path: string
  asking: () => Asking
  take: (event: StreamEvent) => void
  /** Whether the stream runs: while it does not, the caller polls. */
  running: (is: boolean) => void
  signal: AbortSignal
}

/**
 * Listens until `signal` says otherwise, connecting again with Last-Event-ID after each break. Ends early only when
 * the server says that there is no more to come (204), or refuses for a reason that asking again does not change
 * (401, 403).
 */
export async function listen({ path, asking, take, running, signal }: Listening): Promise<void> {
  const cutter = new EventCutter()
  let wait = firstPauseMs
  while (!signal.aborted) {
    const stop = new AbortController()
    const end = () => stop.abort()
    signal.addEventListener('abort', end)
    try {
      const headers = { ...headersOf(asking()), Accept: 'text/event-stream' } as Record<string, string>
      if (cutter.lastId) headers['Last-Event-ID'] = cutter.lastId
      const response = await fetch(path, { headers, signal: stop.signal, cache: 'no-store' })
      if (response.status === 204) return // it has ended as we know
      if (!response.ok || !response.headers.get('Content-Type')?.startsWith('text/event-stream'))
        throw refusedOf(response.status, response.ok ? '' : await response.text())
      running(true)
      wait = firstPauseMs
      await readAll(response, stop, cutter, take)
    } catch (error) {
      if (error instanceof Refused) {
        if (error.status === 401 || error.status === 403) return
        if ([200, 400, 404, 405, 406, 501].includes(error.status)) wait = absentPauseMs
      }
    } finally {
      signal.removeEventListener('abort', end)
      running(false)
    }
    // Spread: a front that stops has thousands of listeners.
    const next = Math.max(wait, cutter.retryMs ?? 0) * (0.5 + Math.random())
    wait = Math.min(wait * 2, Math.max(wait, longestPauseMs))
    await pause(next, signal).catch(() => undefined)
  }
}
