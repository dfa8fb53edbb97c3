// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { follow } from '../../shared/live'

type Sink = ReadableStreamDefaultController<Uint8Array>

let open: (() => Response) | undefined
let stop: AbortController
let polls: number
let taken: unknown[]
let states: string[]

beforeEach(() => {
  vi.useFakeTimers()
  stop = new AbortController()
  polls = 0
  taken = []
  states = []
  vi.stubGlobal('fetch', () => Promise.resolve(open ? open() : new Response('{}', { status: 404 })))
})
afterEach(() => {
  stop.abort()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

const begin = (pace: number | undefined) =>
  follow({
    stream: { path: '/events', event: 'seats', asking: () => ({}) },
    take: (told) => taken.push(told),
    state: (state) => states.push(state),
    poll: () => Promise.resolve((++polls, pace)),
    signal: stop.signal,
  })

/** A stream that stays open until its sink is closed. */
function streaming(): { sink: () => Sink; say: (text: string) => void } {
  let sink: Sink | undefined
  open = () =>
    new Response(new ReadableStream<Uint8Array>({ start: (controller) => void (sink = controller) }), {
      headers: { 'Content-Type': 'text/event-stream' },
    })
  return { sink: () => sink!, say: (text) => sink!.enqueue(new TextEncoder().encode(text)) }
}

test('where there is no stream it asks at the pace that it is told', async () => {
  open = undefined
  void begin(3_000)
  await vi.advanceTimersByTimeAsync(10)
  expect(polls).toBe(1)
  await vi.advanceTimersByTimeAsync(9_000)
  expect(polls).toBe(4)
  expect(states).not.toContain('stream')
})

test('while the stream runs it listens and does not ask; when it breaks it asks at once', async () => {
  const { sink, say } = streaming()
  void begin(5_000)
  await vi.advanceTimersByTimeAsync(50)
  const before = polls
  say('event: seats\nid: 1\ndata: {"version":1}\n\n')
  await vi.advanceTimersByTimeAsync(20_000)
  expect(taken).toEqual([{ version: 1 }])
  expect(polls).toBeLessThanOrEqual(before + 1)
  const listening = polls
  sink().close()
  await vi.advanceTimersByTimeAsync(20)
  expect(polls).toBe(listening + 1)
})

test('a stream that falls silent is broken', async () => {
  streaming()
  void begin(5_000)
  await vi.advanceTimersByTimeAsync(50)
  expect(states[states.length - 1]).toBe('stream')
  const before = polls
  open = undefined
  await vi.advanceTimersByTimeAsync(60_000)
  expect(polls).toBeGreaterThan(before + 2)
})

test('it ends when the poll says that all is over', async () => {
  open = undefined
  const done = begin(undefined)
  await vi.advanceTimersByTimeAsync(10)
  await done
  expect(polls).toBe(1)
})

test('after a sleep it asks at once and connects anew: what was connected before may be dead', async () => {
  streaming()
  let connected = 0
  const first = open!
  open = () => (++connected, first())
  void begin(5_000)
  await vi.advanceTimersByTimeAsync(3_000)
  expect(connected).toBe(1)
  const before = polls
  vi.setSystemTime(Date.now() + 10 * 60_000) // the timers slept as well
  await vi.advanceTimersByTimeAsync(6_000)
  expect(connected).toBe(2)
  expect(polls).toBeGreaterThan(before)
})

test('a page that is looked at again asks at once', async () => {
  streaming()
  void begin(5_000)
  await vi.advanceTimersByTimeAsync(50)
  const before = polls
  document.dispatchEvent(new Event('visibilitychange'))
  await vi.advanceTimersByTimeAsync(10)
  expect(polls).toBe(before + 1)
})

test('whoever cannot be reached is lost, and found again at the next answer', async () => {
  open = undefined
  let there = false
  void follow({
    stream: undefined,
    take: () => undefined,
    state: (state) => states.push(state),
    poll: () => (there ? Promise.resolve(1_000) : Promise.reject(new TypeError('nobody'))),
    signal: stop.signal,
  })
  await vi.advanceTimersByTimeAsync(10)
  expect(states[states.length - 1]).toBe('lost')
  there = true
  await vi.advanceTimersByTimeAsync(2_500)
  expect(states[states.length - 1]).toBe('poll')
})
