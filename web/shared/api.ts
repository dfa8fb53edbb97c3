import type { components } from '../generated/api'

/** What the server says, by the document that it serves. */
export type Schema = components['schemas']
export type Problem = Schema['Problem']

/** An answer that is no success, in the contract's own words. `code` is '' where nobody of ours answered. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly code: Problem['code'] | '',
    readonly problem: Partial<Problem> & Record<string, unknown>,
  ) {
    super(problem.detail ?? problem.title ?? `HTTP ${status}`)
  }
}

/** Nobody answered, also after asking again: what was asked may or may not have happened. */
export class Unreachable extends Error {}

export interface Asking {
  method?: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  body?: unknown
  token?: string | undefined
  queueToken?: string | undefined
  /** One for each thing a person does: asking again with it is harmless. */
  idempotencyKey?: string
  ifNoneMatch?: string | undefined
  signal?: AbortSignal
  /** How long to go on asking while nobody answers, in milliseconds. */
  patienceMs?: number
}

export interface Answer<Body> {
  status: number
  body: Body
  etag: string | null
}

const standardPatienceMs = 20_000
const firstPauseMs = 250
const longestPauseMs = 4_000
/** A front that takes a request and dies says nothing more. */
const answerWithinMs = 15_000

let aheadMs = 0
let knownWithinMs = Infinity

/** The server's clock, as well as a Date header tells it: within half a second and the way there. */
export function serverNow(): number {
  return Date.now() + aheadMs
}

/** Learns from an answer; the one that took the shortest way knows best. */
export function learnTime(dateHeader: string | null, askedAt: number, answeredAt: number): void {
  const told = dateHeader ? Date.parse(dateHeader) : NaN
  const way = answeredAt - askedAt
  if (Number.isNaN(told) || way < 0 || way > knownWithinMs + 50) return
  knownWithinMs = way
  aheadMs = told + 500 - (askedAt + way / 2) // the header is cut to whole seconds
  if (Math.abs(aheadMs) < 1_000) aheadMs = 0 // as exact as it gets
}

export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (each) => each.toString(16).padStart(2, '0')).join('')
}

export const pause = (ms: number, signal?: AbortSignal) =>
  new Promise<void>((resolve, reject) => {
    const timer = setTimeout(resolve, ms)
    signal?.addEventListener('abort', () => {
      clearTimeout(timer)
      reject(new DOMException('given up', 'AbortError'))
    })
  })

export function headersOf(asking: Asking): Record<string, string> {
  const headers: Record<string, string> = {}
  if (asking.token) headers['Authorization'] = `Bearer ${asking.token}`
  if (asking.queueToken) headers['Queue-Token'] = asking.queueToken
  if (asking.idempotencyKey) headers['Idempotency-Key'] = asking.idempotencyKey
  if (asking.ifNoneMatch) headers['If-None-Match'] = asking.ifNoneMatch
  if (asking.body !== undefined) headers['Content-Type'] = 'application/json'
  return headers
}

async function once(path: string, asking: Asking): Promise<Response> {
  const giveUp = new AbortController()
  const stop = () => giveUp.abort()
  asking.signal?.addEventListener('abort', stop)
  const timer = setTimeout(stop, answerWithinMs)
  try {
    const askedAt = Date.now()
    const response = await fetch(path, {
      method: asking.method ?? 'GET',
      headers: headersOf(asking),
      body: asking.body === undefined ? null : JSON.stringify(asking.body),
      signal: giveUp.signal,
      cache: 'no-store',
    })
    learnTime(response.headers.get('Date'), askedAt, Date.now())
    return response
  } finally {
    clearTimeout(timer)
    asking.signal?.removeEventListener('abort', stop)
  }
}

/** Asking again is harmless for reads, for what carries a key, and for what is idempotent by itself. */
const mayRepeat = (asking: Asking) => asking.method !== 'POST' || asking.idempotencyKey !== undefined

/**
 * Asks, and asks again while nobody answers or the answer is 503 or 429, as the contract says: with the same key.
 * Throws Refused, Unreachable, or AbortError when `signal` said so.
 */
export async function ask<Body>(path: string, asking: Asking = {}): Promise<Answer<Body>> {
  const until = Date.now() + (asking.patienceMs ?? standardPatienceMs)
  for (let wait = firstPauseMs; ; wait = Math.min(wait * 2, longestPauseMs)) {
    let pauseMs = wait * (0.5 + Math.random())
    try {
      const response = await once(path, asking)
      const text = response.status === 304 || response.status === 204 ? '' : await response.text()
      if (response.ok || response.status === 304)
        return {
          status: response.status,
          body: (text ? JSON.parse(text) : null) as Body,
          etag: response.headers.get('ETag'),
        }
      const refused = refusedOf(response.status, text)
      const again = response.status === 429 || ([500, 502, 503, 504].includes(response.status) && mayRepeat(asking))
      if (!again || Date.now() > until) throw refused
      pauseMs = Math.max(pauseMs, Number(response.headers.get('Retry-After') ?? 0) * 1_000)
    } catch (error) {
      if (error instanceof Refused || asking.signal?.aborted) throw error
      if (!mayRepeat(asking) || Date.now() > until) throw new Unreachable(String(error))
    }
    await pause(pauseMs, asking.signal)
  }
}

export function refusedOf(status: number, text: string): Refused {
  try {
    const problem = JSON.parse(text) as Problem
    return new Refused(status, problem.code ?? '', problem as never)
  } catch {
    return new Refused(status, '', {})
  }
}
