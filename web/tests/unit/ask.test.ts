import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { ask, learnTime, Refused, serverNow, Unreachable } from '../../shared/api'
import { EventCutter } from '../../shared/stream'

type Reply = Response | Error
let replies: Reply[]
let asked: { path: string; headers: Record<string, string> }[]

const json = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), { status, headers })

beforeEach(() => {
  replies = []
  asked = []
  vi.useFakeTimers()
  vi.stubGlobal('fetch', (path: string, init: { headers: Record<string, string> }) => {
    asked.push({ path, headers: init.headers })
    const reply = replies.shift() ?? new TypeError('nobody there')
    return reply instanceof Error ? Promise.reject(reply) : Promise.resolve(reply)
  })
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

/** Lets all pauses go by until it is settled. */
async function settled<Value>(promise: Promise<Value>): Promise<Value> {
  promise.catch(() => undefined)
  await vi.runAllTimersAsync()
  return promise
}

describe('asking', () => {
  test('a 503 and a lost connection are asked again, with the same key', async () => {
    replies = [json(503, {}), new TypeError('cut'), json(201, { paymentId: 'p1-4' })]
    const { body } = await settled(
      ask<{ paymentId: string }>('/api/v1/payments', { method: 'POST', idempotencyKey: 'k', body: {} }),
    )
    expect(body.paymentId).toBe('p1-4')
    expect(asked.map((each) => each.headers['Idempotency-Key'])).toEqual(['k', 'k', 'k'])
  })
  test('a POST without a key is not repeated', async () => {
    replies = [new TypeError('cut')]
    await expect(settled(ask('/api/v1/users', { method: 'POST', body: {} }))).rejects.toBeInstanceOf(Unreachable)
    expect(asked).toHaveLength(1)
  })
  test('a refusal is told with its code and what goes with it, and not repeated', async () => {
    replies = [json(409, { code: 'SEAT_TAKEN', seats: [3], detail: 'taken' })]
    const refused = await settled(ask('/x')).catch((error: unknown) => error as Refused)
    expect(refused).toBeInstanceOf(Refused)
    expect((refused as Refused).code).toBe('SEAT_TAKEN')
    expect((refused as Refused).problem['seats']).toEqual([3])
    expect(asked).toHaveLength(1)
  })
  test('after all patience it says that nobody answered', async () => {
    await expect(settled(ask('/x', { patienceMs: 1_000 }))).rejects.toBeInstanceOf(Unreachable)
    expect(asked.length).toBeGreaterThan(1)
  })
  test('429 waits as long as it is told', async () => {
    replies = [json(429, {}, { 'Retry-After': '2' }), json(200, { fine: true })]
    const begun = Date.now()
    await settled(ask('/x'))
    expect(Date.now() - begun).toBeGreaterThanOrEqual(2_000)
  })
  test('304 has no body', async () => {
    replies = [new Response(null, { status: 304, headers: { ETag: '"a"' } })]
    expect(await settled(ask('/x', { ifNoneMatch: '"a"' }))).toMatchObject({ status: 304, body: null, etag: '"a"' })
  })
})

describe("the server's clock", () => {
  test('is followed when it differs from ours', () => {
    const now = Date.now()
    learnTime(new Date(now + 60_000).toUTCString(), now, now + 10)
    expect(Math.abs(serverNow() - now - 60_000)).toBeLessThan(1_100)
    learnTime(new Date(now).toUTCString(), now, now + 5)
    expect(Math.abs(serverNow() - now)).toBeLessThan(1_100)
  })
  test('is not learned from nonsense', () => {
    const before = serverNow()
    learnTime('never', before, before + 1)
    expect(serverNow()).toBe(before)
  })
})

describe('a stream of events', () => {
  const whole =
    ': hello\nretry: 700\n\nevent: seats\nid: 7\ndata: {"a":1}\n\nevent: seats\r\nid: 8\r\ndata: x\r\ndata: y\r\n\r\n'
  const wanted = [
    { type: 'seats', data: '{"a":1}', id: '7' },
    { type: 'seats', data: 'x\ny', id: '8' },
  ]
  test.each([1, 2, 3, 7, 1_000])('is the same however it is cut: %i at a time', (size) => {
    const cutter = new EventCutter()
    const events = []
    for (let at = 0; at < whole.length; at += size) events.push(...cutter.push(whole.slice(at, at + size)))
    expect(events).toEqual(wanted)
    expect(cutter.lastId).toBe('8')
    expect(cutter.retryMs).toBe(700)
  })
})
