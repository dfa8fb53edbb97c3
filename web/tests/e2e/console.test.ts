import { expect, test } from 'vitest'
import type { Page } from 'playwright-core'
import { ask, bought } from './buyer'
import { adminOf, concertNow, expectNothingFound, openSale, operate, picture, token, visitor } from './stage'

async function operator(path = '/'): Promise<Page> {
  const page = await visitor({ viewport: { width: 1440, height: 900 } })
  await page.goto((await adminOf()) + path)
  await page.getByLabel('Token').fill(token())
  await page.getByRole('button', { name: 'Enter' }).click()
  await page.getByRole('navigation').waitFor()
  return page
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
  await page.getByRole('button', { name: 'Another section' }).click()
  await page.getByLabel('Section, 4').fill('Balcony')
  await page.getByLabel('Tier, 4').fill('S')
  await page.getByLabel('Price in won, 4').fill('55000')
  await page.getByLabel('Rows, 4').fill('2')
  await page.getByLabel('Seats in a row, 4').fill('10')
  await page.getByLabel('Seats for one person').fill('2')
  await expectNothingFound(page)
  await picture(page, 'console-date')
  await page.getByRole('button', { name: 'Open the date: 1,180 seats' }).click()
  await page.getByRole('heading', { name: 'Made by hand' }).waitFor()
  await page.getByText('0 sold, 0 held, 1,180 free').first().waitFor()
  await page.getByLabel('Let in a second').fill('9')
  await page.getByRole('button', { name: 'Change while it runs' }).click()
  const id = Number(new URL(page.url()).pathname.split('/')[2])
  const queue = async () => (await concertNow(id)).queue
  await expect.poll(async () => (await queue()).ratePerSecond).toBe(9)
  await page.getByRole('button', { name: 'Pause' }).click()
  await page.getByRole('button', { name: 'Go on letting people in' }).waitFor()
  expect((await queue()).paused).toBe(true)
  await expectNothingFound(page)
  await picture(page, 'console-concert')
  await page.getByRole('button', { name: 'Another date…' }).click()
  await expectNothingFound(page)
  await page.getByRole('link', { name: 'Overview' }).click()
  await page.getByText('“Made by hand” is paused').waitFor() // the alarm
  await expectNothingFound(page)
  await bought(await openSale('Somebody buys'), [1]) // the others go on
})

test('a seat map is shown as it was at any of its events, with what the same request led to', async () => {
  const sale = await openSale('A past to look at')
  await bought(sale, [3, 4])
  await bought(sale, [10])
  const page = await operator(`/actors/seat_map/${sale.option}`)
  const caption = page.locator('.hall-picture figcaption')
  await expect
    .poll(() => caption.innerText())
    .toBe('Now: 3 sold, 0 held, 325 free'.replace('325', String(64 + 120 + 144 - 3)))
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
  for (const [kind, type] of [
    ['Account', 'debited'],
    ['Queue', 'places ended'],
  ] as const) {
    await page.locator('.relatives a', { hasText: kind }).first().click()
    await page.getByRole('heading', { level: 1, name: new RegExp(`^${kind} `) }).waitFor()
    await page.getByRole('heading', { name: new RegExp(`^Event \\d+: ${type}`) }).waitFor()
    await page.locator('.relatives', { hasText: 'seats sold' }).waitFor() // and back again
    await page.locator('summary').click()
    await page.locator('.tile', { hasText: /node-\d/ }).waitFor()
    await expectNothingFound(page)
    await picture(page, `console-${kind.toLowerCase()}`)
    await page.goBack()
    await page.getByRole('heading', { level: 1, name: /^Seat map/ }).waitFor()
  }
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
  expect(await page.locator('tbody tr').count()).toBeGreaterThanOrEqual(9)
  for (const each of await page.locator('tbody tr dl').all()) expect(await each.innerText()).toMatch(/\d/)
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
  await page.getByRole('link', { name: 'Nodes' }).click()
  await page.getByRole('button', { name: 'Rebalance…' }).click()
  await page.getByRole('heading', { name: /^Rebalancing would move \d+ shards$/ }).waitFor()
  await expectNothingFound(page)
  await page.getByRole('button', { name: 'Leave it' }).click()
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
  await expect.poll(() => row.locator('td.amount').nth(1).innerText()).toBe('0')
  await row.getByText('draining').waitFor()
  expect(await page.locator('.shards [role=img]').getAttribute('aria-label')).toContain(`${name}: 0 shards, draining`)
  await bought(sale, [2])
})

test('an audit that is not clean is said where one looks, and as an alarm', async () => {
  const page = await operator('/audit')
  await page.route('**/admin/v1/audit', async (route) => {
    const told = await route.fetch()
    const audit = (await told.json()) as {
      clean: boolean
      checks: { ok: boolean; violations: number; firstViolation: object }[]
    }
    audit.clean = false
    Object.assign(audit.checks[3]!, { ok: false, violations: 2, firstViolation: { option: 1, seat: 7 } })
    await route.fulfill({ response: told, json: audit })
  })
  await page.getByRole('button', { name: 'Run the audit' }).click()
  await page.locator('.notice.bad', { hasText: 'NOT CLEAN' }).waitFor()
  await page.locator('.badge.bad', { hasText: 'no: 2' }).waitFor()
  await expectNothingFound(page)
  await page.getByRole('link', { name: 'Overview' }).click()
  await page.getByText('The last audit was not clean').waitFor()
  expect(await page.locator('.side .count').innerText()).toBe('1')
})

test('commands and commits have percentiles; after leaving, the token is gone', async () => {
  const page = await operator()
  const tile = (name: string) => page.locator('.tile', { hasText: name }).locator('dd')
  const headers = { Authorization: `Bearer ${token()}` }
  const told = await fetch(`${new URL(page.url()).origin}/admin/v1/cluster`, { headers })
  const { self } = (await told.json()) as { self: string }
  /** Somebody charges, and their account lies on the node that the page is of, or not. */
  const chargedHere = async () => {
    const person = await ask(undefined, 'POST', '/api/v1/users', { name: 'Ada' })
    await ask(person['accessToken'], 'POST', '/api/v1/balance/charges', { amount: 1_000 })
    const { shard } = await operate<{ shard: number }>('GET', `/admin/v1/actors/account/${person['userId']}`)
    return (await operate<{ owner: string }>('GET', `/admin/v1/shards/${shard}`)).owner === self
  }
  await expect.poll(chargedHere).toBe(true)
  for (const name of ['Commands, p50', 'Journal commit, p50'])
    await expect.poll(() => tile(name).innerText()).toMatch(/^[\d.]+ ms \/ [\d.]+ ms/)
  const sale = await openSale('Percentiles')
  await Promise.all([1, 2, 3].map((seat) => bought(sale, [seat])))
  await picture(page, 'console-overview')
  await page.getByRole('button', { name: 'Leave' }).click()
  await page.getByLabel('Token').waitFor()
  expect(await page.evaluate(() => sessionStorage.length)).toBe(0)
})
