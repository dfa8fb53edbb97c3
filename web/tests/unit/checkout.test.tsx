// @vitest-environment jsdom
import { cleanup, configure, fireEvent, render, screen, waitFor } from '@testing-library/preact'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { address } from '../../shared/route'
import { speak } from '../../shared/words'
import { CheckoutPage } from '../../shop/pages/checkout'
import { keepPerson } from '../../shop/session'
import { demo, seatsOf } from './made'

configure({ asyncUtilTimeout: 30_000 })

/** A server with one hold of two VIP seats, and what it was asked to do. */
let asked: { path: string; body: Record<string, unknown>; key: string | undefined }[]
let balance: number
let status: string
let payment: () => [number, object]

const option = {
  optionId: 9,
  title: 'First night',
  startsAt: '2027-05-15T10:00:00.000Z',
  seatsTotal: 36,
  minPrice: 1,
}

function answer(path: string, method: string, body: Record<string, unknown>): [number, object] {
  if (path === '/api/v1/reservations/r9-1') {
    const expiresAt = new Date(Date.now() + 200_000).toISOString()
    return [200, { reservationId: 'r9-1', optionId: 9, userId: 1, seats: [1, 2], amount: 300_000, status, expiresAt }]
  }
  if (path.startsWith('/api/v1/concerts?'))
    return [200, { concerts: [{ concertId: 4, title: 'Evening', dates: [option] }], next: null }]
  if (path === '/api/v1/options/9/seats') return [200, { optionId: 9, version: 1, seats: seatsOf(demo) }]
  if (path === '/api/v1/balance') return [200, { userId: 1, balance }]
  if (path === '/api/v1/balance/charges') {
    balance += Number(body['amount'])
    return [201, { chargeId: 'c1-1', userId: 1, amount: body['amount'], balance }]
  }
  if (path === '/api/v1/payments' && method === 'POST') return payment()
  return [404, { code: 'NOT_FOUND' }]
}

beforeEach(() => {
  asked = []
  balance = 100_000
  status = 'HELD'
  payment = () => [201, { paymentId: 'p9-2', status: 'COMPLETED' }]
  localStorage.clear()
  speak('en')
  keepPerson({ userId: 1, name: 'Ada', accessToken: 'x' })
  vi.stubGlobal('scrollTo', () => undefined)
  vi.stubGlobal(
    'fetch',
    (path: string, init: { method: string; body: string | null; headers: Record<string, string> }) => {
      const body = init.body ? (JSON.parse(init.body) as Record<string, unknown>) : {}
      if (init.method === 'POST') asked.push({ path, body, key: init.headers['Idempotency-Key'] })
      const [code, said] = answer(path, init.method, body)
      return Promise.resolve(new Response(JSON.stringify(said), { status: code }))
    },
  )
  render(<CheckoutPage reservation="r9-1" />)
})
afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

test('a balance that is short is charged what is missing, once, and then one may pay', async () => {
  await screen.findByText('You need ₩200,000 more.')
  const charge = screen.getByRole('button', { name: 'Charge ₩200,000' })
  fireEvent.click(charge)
  fireEvent.click(charge)
  await waitFor(() => expect(document.activeElement).toBe(screen.getByRole('button', { name: 'Pay ₩300,000' })))
  expect(asked).toHaveLength(1)
  expect(asked[0]).toMatchObject({ path: '/api/v1/balance/charges', body: { amount: 200_000 } })
  expect(screen.getByText('Balance after').nextSibling?.textContent).toBe('₩0')
})

test('what one pays for stands there: the concert, each seat and its price, the sum, the time left', async () => {
  await screen.findByText('VIP, row 1, seat 2')
  expect(screen.getAllByText('₩150,000')).toHaveLength(2)
  expect(screen.getByText('Evening')).toBeTruthy()
  expect(screen.getByText('Amount').nextSibling?.textContent).toBe('₩300,000')
  expect(screen.getByRole('timer').textContent).toMatch(/^3:\d\d$/)
})

test('paying twice is asked once, and leads to the ticket', async () => {
  balance = 500_000
  cleanup()
  render(<CheckoutPage reservation="r9-1" />)
  const pay = await screen.findByRole('button', { name: 'Pay ₩300,000' })
  await waitFor(() => expect(pay.getAttribute('aria-disabled')).toBe('false'))
  fireEvent.click(pay)
  fireEvent.click(pay)
  await waitFor(() => expect(address.value).toBe('/tickets/p9-2'))
  expect(asked).toHaveLength(1)
  expect(asked[0]!.key).toMatch(/^[0-9a-f]{32}$/)
})

test('a hold that ran out meanwhile is said to be over, and nothing is paid', async () => {
  balance = 500_000
  payment = () => {
    status = 'EXPIRED'
    return [409, { code: 'HOLD_EXPIRED', detail: 'too late' }]
  }
  cleanup()
  render(<CheckoutPage reservation="r9-1" />)
  const pay = await screen.findByRole('button', { name: 'Pay ₩300,000' })
  await waitFor(() => expect(pay.getAttribute('aria-disabled')).toBe('false'))
  fireEvent.click(pay)
  await screen.findByText('The time is over, and the seats are free again.')
  expect(screen.getByText('Choose again').getAttribute('href')).toBe('/dates/9')
})
