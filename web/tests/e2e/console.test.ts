import { expect, test } from 'vitest'
import type { Page } from 'playwright-core'
import { adminOf, expectNothingFound, front, openSale, operate, picture, token, visitor, type Sale } from './stage'

async function operator(path = '/'): Promise<Page> {
  const page = await visitor({ viewport: { width: 1440, height: 900 } })
  await page.goto((await adminOf()) + path)
  await page.getByLabel('Token').fill(token())
  await page.getByRole('button', { name: 'Enter' }).click()
  await page.getByRole('navigation').waitFor()
  return page
}

async function ask(token: string | undefined, method: string, path: string, body?: unknown, more: Record<string, string> = {}) {
  const response = await fetch((await front()) + path, {
    method,
    headers: { ...(token ? { Authorization: `Bearer ${token}` } : {}), ...(body ? { 'Content-Type': 'application/json' } : {}), ...more },
    body: body ? JSON.stringify(body) : null,
  })
  expect(response.ok, `${method} ${path}: ${response.status}`).toBe(true)
  return (await response.json()) as Record<string, never>
}

/** Somebody buys these seats, over HTTP. */
async function bought(sale: Sale, seatIds: number[]): Promise<void> {
  const me = (await ask(undefined, 'POST', '/api/v1/users', { name: 'Ada' }))['accessToken']
  const queueToken = (await ask(me, 'POST', `/api/v1/concerts/${sale.concert}/queue`))['queueToken']
  await expect.poll(async () => (await ask(me, 'GET', '/api/v1/queue', undefined, { 'Queue-Token': queueToken }))['status'], { timeout: 60_000 }).toBe('ACTIVE')
  const hold = await ask(me, 'POST', '/api/v1/reservations', { optionId: sale.option, seatIds }, { 'Queue-Token': queueToken })
  await ask(me, 'POST', '/api/v1/balance/charges', { amount: 1_000_000 })
  await ask(me, 'POST', '/api/v1/payments', { reservationId: hold['reservationId'] })
}

test('the console asks for the token, keeps it for the tab, and refuses a wrong one', async () => {
  const page = await visitor()
  await page.goto(await adminOf())
  await page.getByLabel('Token').fill('wrong')
  await page.getByRole('button', { name: 'Enter' }).click()
  await page.getByRole('alert').waitFor()
  await expectNothingFound(page)
  await page.getByLabel('Token').fill(token())
  await page.getByRole('button', { name: 'Enter' }).click()
  await page.getByRole('heading', { name: 'Overview' }).waitFor()
  await page.reload()
  await page.getByRole('heading', { name: 'Overview' }).waitFor()
  expect(await page.evaluate(() => localStorage.length)).toBe(0)
})

test('a concert is created, watched, changed and paused', async () => {
  const page = await operator('/concerts')
  await page.getByLabel('Title').fill('Made by hand')
  await page.getByLabel('Let in a second').fill('7')
  await expectNothingFound(page)
  await picture(page, 'console-concerts')
  await page.getByRole('button', { name: 'Create' }).click()
  await page.getByRole('button', { name: /Open the date/ }).click()
  await page.getByRole('heading', { name: 'Made by hand' }).waitFor()
  await page.getByText('0 sold, 0 held, 1,160 free').or(page.getByText('0 sold, 0 held, 1160 free')).first().waitFor()
  await page.getByLabel('Let in a second').fill('9')
  await page.getByRole('button', { name: 'Change while it runs' }).click()
  const id = Number(new URL(page.url()).pathname.split('/')[2])
  const queue = async () => (await operate<{ concerts: { concertId: number; queue: { ratePerSecond: number; paused: boolean } }[] }>('GET', '/admin/v1/concerts?limit=100')).concerts.find((each) => each.concertId === id)!.queue
  await expect.poll(async () => (await queue()).ratePerSecond, { timeout: 60_000 }).toBe(9)
  await page.getByRole('button', { name: 'Pause' }).click()
  await page.getByRole('button', { name: 'Go on letting people in' }).waitFor()
  expect((await queue()).paused).toBe(true)
  await expectNothingFound(page)
  await bought(await openSale('Somebody buys'), [1]) // the others go on
})

test('a seat map is shown as it was at any of its events, with what the same request led to', async () => {
  const sale = await openSale('A past to look at')
  await bought(sale, [3, 4])
  await bought(sale, [10])
  const page = await operator(`/actors/seat_map/${sale.option}`)
  const caption = page.locator('.hall-picture figcaption')
  await expect.poll(() => caption.innerText()).toBe('Now: 3 sold, 0 held, 325 free'.replace('325', String(64 + 120 + 144 - 3)))
  const event = (name: string) => page.locator('.timeline a', { hasText: name }).first()
  await event('seats held').click()
  await expect.poll(() => caption.innerText()).toMatch(/^After event \d+: 0 sold, 2 held/)
  await event('seats sold').click()
  await expect.poll(() => caption.innerText()).toMatch(/^After event \d+: 2 sold, 0 held/)
  // The purchase's other events: the account's debit, the queue's end of the place.
  await page.locator('.relatives', { hasText: 'debited' }).waitFor()
  await page.locator('.relatives', { hasText: 'places ended' }).waitFor()
  await expectNothingFound(page)
  await picture(page, 'console-actor')
  await page.locator('.relatives a', { hasText: 'Account' }).first().click()
  await page.getByRole('heading', { name: /^Account/ }).waitFor()
  await page.goBack()
  await page.locator('input[type=range]').focus()
  await page.keyboard.press('Home')
  await expect.poll(() => caption.innerText()).toMatch(/^After event 1: 0 sold, 0 held/)
})

test('the audit tells each figure, actors can be searched, and axe finds nothing', async () => {
  const sale = await openSale('Figures')
  await bought(sale, [1, 2])
  const page = await operator('/audit')
  await page.getByRole('button', { name: 'Run the audit' }).click()
  await page.locator('.notice.good', { hasText: 'Clean' }).waitFor()
  await page.getByText('No seat has two owners').waitFor()
  await expectNothingFound(page)
  await picture(page, 'console-audit')
  await page.getByRole('link', { name: 'Actors' }).click()
  await page.getByLabel('Kind').selectOption('seat_map')
  await page.getByRole('link', { name: `seat map ${sale.option}`, exact: true }).waitFor()
  await expectNothingFound(page)
  await picture(page, 'console-actors')
  await page.getByLabel('Id').fill(String(sale.option))
  await page.getByRole('button', { name: 'Go to it' }).click()
  await page.getByRole('heading', { name: `Seat map ${sale.option}` }).waitFor()
})

test('a drain says what it will move, moves it, and the picture follows', async () => {
  const sale = await openSale('During a drain')
  const page = await operator()
  await page.getByRole('heading', { name: 'Nodes and shards' }).waitFor()
  await page.locator('.shards .shard').first().waitFor({ state: 'attached' })
  expect(await page.locator('.shards .shard').count()).toBe(256)
  await bought(sale, [1])
  await expectNothingFound(page)
  await picture(page, 'console-overview')
  await page.getByRole('link', { name: 'Nodes' }).click()
  const drains = page.getByRole('button', { name: /^Drain node-\d+…/ })
  const name = /node-\d+/.exec((await drains.last().getAttribute('aria-label'))!)![0]
  const row = page.locator('tr', { has: page.locator('th', { hasText: name }) })
  const shards = Number(await row.locator('td.amount').nth(1).innerText())
  await drains.last().click()
  await page.getByRole('heading', { name: `Draining ${name} would move ${shards} shards` }).waitFor()
  expect(await page.locator('.preview li').first().innerText()).toMatch(new RegExp(`^${name} gives \\d+ to node-`))
  await expectNothingFound(page)
  await picture(page, 'console-nodes')
  await page.getByRole('button', { name: `Drain ${name}`, exact: true }).click()
  await expect.poll(() => row.locator('td.amount').nth(1).innerText(), { timeout: 60_000 }).toBe('0')
  await row.getByText('draining').waitFor()
  expect(await page.locator('.shards [role=img]').getAttribute('aria-label')).toContain(`${name}: 0 shards, draining`)
  await bought(sale, [2])
})
