import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import type { Page } from 'playwright-core'
import { program } from './house'
import { enterHall, expectNothingFound, front, openSale, picture, signIn, visitor, walkTo, type Sale } from './stage'

const texts = {
  en: {
    turn: 'It is your turn',
    hold: 'Hold 2 seats',
    total: 'Total',
    ticket: 'Ticket',
    row: 'row 1',
    date: /15 May 2027/,
  },
  ko: {
    turn: '입장하실 차례입니다',
    hold: '2석 잡기',
    total: '합계',
    ticket: '티켓',
    row: '1열',
    date: /2027년 5월 15일/,
  },
}

/** In Korean and on a phone the pages are the same: these are shown as pictures all the same. */
const shownInKorean = ['shop-concerts', 'shop-hall', 'shop-ticket']
const phone = { viewport: { width: 390, height: 780 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 }

/** Axe finds nothing, on a phone nothing sticks out, and there is a picture of it. */
async function lookAt(page: Page, name: string, language: 'en' | 'ko', on: 'desk' | 'phone'): Promise<void> {
  await expectNothingFound(page)
  if (on === 'phone') {
    const sticksOut = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)
    expect(sticksOut, `${name} is wider than a phone`).toBe(false)
  } else if (language === 'en') await picture(page, name)
  else if (shownInKorean.includes(name)) await picture(page, `${name}-ko`)
}

async function buy(language: 'en' | 'ko', on: 'desk' | 'phone', sale: Sale): Promise<void> {
  const said = texts[language]
  const page = await visitor({ language, ...(on === 'phone' ? phone : {}) })
  const look = (name: string) => lookAt(page, name, language, on)
  await page.goto(`${await front()}/`)
  expect(await page.locator('html').getAttribute('lang')).toBe(language)
  await page.getByRole('link', { name: sale.title }).waitFor()
  await look('shop-concerts')
  await page.getByRole('link', { name: sale.title }).click()
  await page.locator('.date').waitFor()
  expect(await page.locator('.date').innerText()).toMatch(said.date)
  await look('shop-dates')
  await page.locator('.date a.button').click()
  await page.locator('form input').waitFor()
  await look('shop-sign-in')
  await signIn(page, 'Ada')
  await page.getByRole('heading', { name: said.turn }).waitFor()
  await look('shop-turn')
  await page.locator('.turn a').first().click()
  await page.locator('.plan').waitFor()
  await page.locator('form.best select').nth(1).selectOption('VIP')
  await page.locator('form.best button').click()
  await page.getByRole('button', { name: said.hold }).waitFor()
  // The price, before one holds.
  expect(await page.locator('.total').innerText()).toMatch(new RegExp(`^${said.total}\\s+₩300,000$`))
  await look('shop-hall')
  await page.getByRole('button', { name: said.hold }).click()
  await pay(page, look)
  await page.getByRole('heading', { name: said.ticket, exact: true }).waitFor()
  expect(await page.locator('.seat-list').innerText()).toContain(said.row)
  await look('shop-ticket')
  await afterwards(page, look)
}

/** Charges what is missing, and pays: each with more clicks than it needs. */
async function pay(page: Page, look: (name: string) => Promise<void>): Promise<void> {
  await page.locator('#charge').waitFor()
  expect(await page.locator('#charge').innerText()).toContain('₩300,000')
  await look('shop-checkout')
  await page.locator('#charge').dblclick()
  await page.locator('#pay').waitFor()
  expect(await page.locator('#pay').innerText()).toContain('₩300,000')
  await look('shop-pay')
  await page.locator('#pay').dblclick()
  await page.locator('.qr').waitFor()
}

async function afterwards(page: Page, look: (name: string) => Promise<void>): Promise<void> {
  await page.goto(`${await front()}/tickets`)
  await page.locator('.ticket-card a').waitFor()
  await look('shop-tickets')
  await page.goto(`${await front()}/account`)
  await page.locator('tbody tr').first().waitFor()
  await look('shop-account')
  expect(await page.locator('section.card').nth(1).locator('tbody tr').count()).toBe(2) // a charge and one debit
}

test('a whole purchase in English, and axe finds nothing on any page', async () => {
  await buy('en', 'desk', await openSale('Evening of strings'))
})

test('a whole purchase in Korean, and axe finds nothing on any page', async () => {
  await buy('ko', 'desk', await openSale('봄밤의 현악 사중주'))
})

test('a whole purchase on a phone, and no page is wider than it', async () => {
  await buy('ko', 'phone', await openSale('손 안의 공연'))
})

test('the second click of a slow double click does not pay', async () => {
  const sale = await openSale('Clicks')
  const page = await visitor()
  await enterHall(page, sale, 'Ada')
  await walkTo(page, 0)
  await page.keyboard.press('Enter')
  await page.locator('#hold').dblclick()
  await page.locator('#charge').scrollIntoViewIfNeeded()
  const at = (await page.locator('#charge').boundingBox())!
  await page.mouse.move(at.x + at.width / 2, at.y + at.height / 2)
  await page.mouse.down({ clickCount: 1 })
  await page.mouse.up({ clickCount: 1 })
  await page.locator('#pay').waitFor()
  const now = (await page.locator('#pay').boundingBox())!
  await page.mouse.move(now.x + now.width / 2, now.y + now.height / 2)
  await page.mouse.down({ clickCount: 2 })
  await page.mouse.up({ clickCount: 2 })
  await page.reload()
  await page.locator('#pay').waitFor() // still to be paid
  await page.locator('#pay').click()
  await page.locator('.qr').waitFor()
})

test('the countdown is the server’s: a device whose clock is wrong shows the same', async () => {
  const sale = await openSale('Wrong clock', {}, undefined, { holdSeconds: 3_000 })
  const page = await visitor()
  await page.addInitScript(() => {
    const right = Date.now
    Date.now = () => right() + 40 * 60_000
  })
  await enterHall(page, sale, 'Ada')
  await walkTo(page, 0)
  await page.keyboard.press('Enter')
  await page.locator('#hold').click()
  await page.locator('.checkout .clock').waitFor()
  const minutesLeft = async () => Number((await page.locator('.checkout .clock').innerText()).split(':')[0])
  expect(await minutesLeft()).toBeGreaterThan(30) // by its own clock it were less than ten
  expect(await minutesLeft()).toBeLessThanOrEqual(50)
})

test('seats are chosen by mouse, and a drag after a zoom chooses none', async () => {
  const sale = await openSale('By mouse')
  const page = await visitor()
  await enterHall(page, sale, 'Ada')
  const chosen = page.locator('.picked li')
  const transform = () => page.locator('.plan-scene').getAttribute('transform')
  const seat = async () => {
    const at = (await page.locator('.plan-cursor').boundingBox())!
    return [at.x + at.width / 2, at.y + at.height / 2] as const
  }
  await walkTo(page, 5)
  await page.mouse.click(...(await seat()))
  await chosen.waitFor()
  expect(await chosen.innerText()).toContain('VIP, row 1, seat 6')
  await page.mouse.move(...(await seat()))
  await page.mouse.wheel(0, -600)
  await expect.poll(async () => Number(/scale\(([\d.]+)\)/.exec((await transform()) ?? '')?.[1])).toBeGreaterThan(1.5)
  const zoomed = await transform()
  const [x, y] = await seat()
  await page.mouse.down()
  await page.mouse.move(x + 30, y + 60, { steps: 4 })
  await page.mouse.up()
  await expect.poll(transform).not.toBe(zoomed)
  expect(await chosen.count()).toBe(1)
  await page.mouse.click(...(await seat())) // the same seat, where it is now: given back
  await expect.poll(() => chosen.count()).toBe(0)
  await page.getByRole('button', { name: 'Show all' }).click()
  await expect.poll(transform).toContain('scale(1.000)')
})

test('a whole purchase by keyboard alone', async () => {
  const sale = await openSale('Keys only')
  const page = await visitor()
  const focused = () =>
    page.evaluate(() =>
      (document.activeElement?.getAttribute('aria-label') || document.activeElement?.textContent || '').trim(),
    )
  /** Tab until something that says this has the focus. */
  const tabTo = async (text: string) => {
    for (let tries = 0; tries < 60; ++tries) {
      if ((await focused()).includes(text)) return
      await page.keyboard.press('Tab')
    }
    expect.unreachable(`the Tab key does not lead to "${text}"`)
  }
  await page.goto(`${await front()}/`)
  await page.getByRole('link', { name: sale.title }).waitFor()
  await tabTo(sale.title)
  await page.keyboard.press('Enter')
  await page.locator('.date').waitFor()
  await page.locator('h1:focus').waitFor()
  await tabTo('Join the line')
  await page.keyboard.press('Enter')
  await page.locator('form h1:focus').waitFor() // a page that has come begins at its heading
  for (
    let tries = 0;
    tries < 20 && !(await page.evaluate(() => document.activeElement instanceof HTMLInputElement));
    ++tries
  )
    await page.keyboard.press('Tab')
  await page.keyboard.type('Grace')
  await page.keyboard.press('Enter')
  await page.locator('.turn a').first().waitFor()
  await tabTo('Choose seats')
  await page.keyboard.press('Enter')
  await page.locator('.plan').waitFor()
  await tabTo('Seat map. Arrow keys')
  for (const key of ['ArrowRight', 'ArrowRight', 'ArrowRight', 'Enter', 'ArrowDown', 'Enter', 'ArrowUp', 'Enter'])
    await page.keyboard.press(key)
  await page.locator('.picked li').nth(0).waitFor()
  expect(await page.locator('.picked li').allInnerTexts()).toHaveLength(1)
  expect(await page.locator('.picked li').innerText()).toContain('VIP, row 2, seat 3')
  expect(await page.locator('.map [role=status]').innerText()).toContain('VIP, row 1, seat 3')
  await tabTo('Hold 1 seat')
  await page.keyboard.press('Enter')
  await page.locator('#charge').waitFor()
  await tabTo('Charge')
  await page.keyboard.press('Enter')
  await page.locator('#pay:focus').waitFor()
  await page.keyboard.press('Enter')
  await page.locator('.qr').waitFor()
})

test('two browsers race for one seat: one gets it, the other is told and offered the nearest', async () => {
  const sale = await openSale('The race')
  const [one, other] = [await visitor(), await visitor()]
  await enterHall(one, sale, 'One')
  await enterHall(other, sale, 'Other')
  for (const page of [one, other]) {
    await walkTo(page, 4)
    await page.keyboard.press('Enter')
    await page.locator('#hold').waitFor()
  }
  // At once, as near as can be; whoever is told before their click that the seat is gone has no button any more.
  const click = (page: Page) => page.evaluate(() => document.getElementById('hold')?.click())
  await Promise.all([click(one), click(other)])
  const winner = await Promise.race([one, other].map((page) => page.waitForURL(/checkout/).then(() => page)))
  const loser = winner === one ? other : one
  await loser.locator('.notice.bad').waitFor()
  expect(await loser.locator('.notice.bad').innerText()).toMatch(/VIP, row 1, seat 5/)
  await loser.waitForTimeout(0)
  expect(loser.url()).not.toMatch(/checkout/)
  await expectNothingFound(loser)
  await picture(loser, 'shop-race')
  await loser.getByRole('button', { name: 'Take these instead' }).click()
  expect(await loser.locator('.picked li').innerText()).toMatch(/VIP, row 1, seat (4|6)/)
  await loser.locator('#hold').click()
  await loser.waitForURL(/checkout/)
})

test('a ticket is good offline, a changed one is not, and a cancelled purchase has none', async () => {
  const sale = await openSale('The ticket')
  const page = await visitor()
  await enterHall(page, sale, 'Ada')
  await walkTo(page, 0)
  await page.keyboard.press('Enter')
  await page.locator('#hold').click()
  await page.locator('#charge').click()
  await page.locator('#pay').click()
  await page.locator('.qr').waitFor()
  const ticket = (await page.locator('#ticket-text').textContent())!.trim()
  const { publicKey } = (await (await fetch(`${await front()}/api/v1/ticket-key`)).json()) as { publicKey: string }
  const verify = (text: string) =>
    execFileSync(program, ['verify-ticket', '--ticket', text, '--public-key', publicKey], { encoding: 'utf8' })
  expect(verify(ticket)).toMatch(/^valid: .* VIP-1-1\n$/)
  const [head, facts, signature] = ticket.split('.') as [string, string, string]
  const other = Buffer.from(Buffer.from(facts, 'base64url').toString().replace('VIP-1-1', 'VIP-1-2')).toString(
    'base64url',
  )
  expect(() => verify(`${head}.${other}.${signature}`)).toThrow()
  await page.getByRole('button', { name: /Cancel and get/ }).click()
  await expectNothingFound(page)
  await page.getByRole('button', { name: 'Yes' }).click()
  await page.getByRole('heading', { name: 'Cancelled' }).waitFor()
  await expectNothingFound(page)
  expect(await page.locator('.qr').count()).toBe(0)
  // Whoever asks the server learns it; whoever has the key alone cannot (README, Limits).
  expect(await ticketStatus(page)).toBe(409)
  expect(verify(ticket)).toMatch(/^valid: /)
  await page.goto(`${await front()}/account`)
  await page.getByText('Refunded').waitFor()
})

/** What the server says of the ticket that the page is at. */
const ticketStatus = (page: Page) =>
  page.evaluate(async () => {
    const { accessToken } = JSON.parse(localStorage.getItem('frontrow.person')!) as { accessToken: string }
    const headers = { Authorization: `Bearer ${accessToken}` }
    const asked = await fetch(`/api/v1/payments/${location.pathname.split('/')[2]}/ticket`, { headers })
    return asked.status
  })

test('seats are chosen by touch', async () => {
  const sale = await openSale('On the phone')
  const page = await visitor(phone)
  await enterHall(page, sale, 'Ada')
  await walkTo(page, 7)
  const at = (await page.locator('.plan-cursor').boundingBox())!
  await page.touchscreen.tap(at.x + at.width / 2, at.y + at.height / 2)
  await page.locator('.picked li').waitFor()
  expect(await page.locator('.picked li').innerText()).toContain('VIP, row 1, seat 8')
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
  await expectNothingFound(page)
  await picture(page, 'shop-phone')
})
