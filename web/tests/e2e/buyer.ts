import { expect } from 'vitest'
import { front, type Sale } from './stage'

/** People without a browser: they buy over HTTP. */

export async function ask(
  token: string | undefined,
  method: string,
  path: string,
  body?: unknown,
  more: Record<string, string> = {},
) {
  const response = await fetch((await front()) + path, {
    method,
    headers: {
      ...(token ? { Authorization: `Bearer ${token}` } : {}),
      ...(body ? { 'Content-Type': 'application/json' } : {}),
      ...more,
    },
    body: body ? JSON.stringify(body) : null,
  })
  expect(response.ok, `${method} ${path}: ${response.status}`).toBe(true)
  return (await response.json()) as Record<string, never>
}

export interface Bought {
  user: number
  payment: string
}

/** Somebody buys these seats. */
export async function bought(sale: Sale, seatIds: number[]): Promise<Bought> {
  const person = await ask(undefined, 'POST', '/api/v1/users', { name: 'Ada' })
  const me = person['accessToken']
  const place = (await ask(me, 'POST', `/api/v1/concerts/${sale.concert}/queue`))['queueToken']
  const status = async () => (await ask(me, 'GET', '/api/v1/queue', undefined, { 'Queue-Token': place }))['status']
  await expect.poll(status).toBe('ACTIVE')
  const wanted = { optionId: sale.option, seatIds }
  const hold = await ask(me, 'POST', '/api/v1/reservations', wanted, { 'Queue-Token': place })
  await ask(me, 'POST', '/api/v1/balance/charges', { amount: 1_000_000 })
  const paid = await ask(me, 'POST', '/api/v1/payments', { reservationId: hold['reservationId'] })
  return { user: person['userId'], payment: paid['paymentId'] }
}
