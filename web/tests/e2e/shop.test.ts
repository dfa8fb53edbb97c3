import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { program } from './house'
import { enterHall, expectNothingFound, front, openSale, operate, picture, signIn, visitor, walkTo, type Sale } from './stage'

const texts = {
  en: { wait: 'Line for', turn: 'It is your turn', hold: 'Hold 2 seats', pay: 'Pay ₩300,000', charge: 'Charge ₩300,000', ticket: 'Ticket', row: 'row 1' },
  ko: { wait: '대기열', turn: '입장하실 차례입니다', hold: '2석 잡기', pay: '₩300,000 결제', charge: '₩300,000 충전', ticket: '티켓', row: '1열' },
}

/** The pages are the same in both languages: these are looked at in Korean as well. */
const lookedAtTwice = ['shop-concerts', 'shop-hall', 'shop-ticket']

async function buy(language: 'en' | 'ko', sale: Sale): Promise<void> {
  const said = texts[language]
  const page = await visitor({ language })
  const shot = async (name: string) => {
    if (language === 'ko' && !lookedAtTwice.includes(name)) return
    await expectNothingFound(page)
    await picture(page, language === 'en' ? name : `${name}-${language}`)
  }
  await page.goto(`${await front()}/`)
  expect(await page.locator('html').getAttribute('lang')).toBe(language)
  await page.getByRole('link', { name: sale.title }).waitFor()
  await shot('shop-concerts')
  await page.getByRole('link', { name: sale.title }).click()
  await page.locator('.date').waitFor()
  await shot('shop-dates')
  await page.locator('.date a.button').click()
  await page.locator('form input').waitFor()
  await shot('shop-sign-in')
  await signIn(page, 'Ada')
  await page.getByRole('heading', { name: said.turn }).waitFor()
  await shot('shop-turn')
  await page.locator('.turn a').first().click()
  await page.locator('.plan').waitFor()
  await page.locator('form.best select').nth(1).selectOption('VIP')
  await page.locator('form.best button').click()
  await page.getByRole('button', { name: said.hold }).waitFor()
  await shot('shop-hall')
  await page.getByRole('button', { name: said.hold }).click()
  await page.getByRole('button', { name: said.charge }).waitFor()
  await shot('shop-checkout')
  await page.getByRole('button', { name: said.charge }).click()
  // Twice, and at once: paid once all the same.
  await page.getByRole('button', { name: said.pay }).dblclick()
  await page.getByRole('heading', { name: said.ticket, exact: true }).waitFor()
  await page.locator('.qr').waitFor()
  expect(await page.locator('.seat-list').innerText()).toContain(said.row)
  await shot('shop-ticket')
  await page.goto(`${await front()}/tickets`)
  await page.locator('.ticket-card a').waitFor()
  await shot('shop-tickets')
  await page.goto(`${await front()}/account`)
  await page.locator('tbody tr').first().waitFor()
  await shot('shop-account')
  expect(await page.locator('section.card').nth(1).locator('tbody tr').count()).toBe(2) // a charge and one debit
}

test('a whole purchase in English, and axe finds nothing on any page', async () => {
  await buy('en', await openSale('Evening of strings'))
})

test('a whole purchase in Korean, and axe finds nothing on any page', async () => {
  await buy('ko', await openSale('봄밤의 현악 사중주'))
})

test('a whole purchase by keyboard alone', async () => {
  const sale = await openSale('Keys only')
  const page = await visitor()
  const focused = () => page.evaluate(() => (document.activeElement?.getAttribute('aria-label') || document.activeElement?.textContent || '').trim())
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
  await tabTo('Join the line')
  await page.keyboard.press('Enter')
  await page.locator('form input').waitFor()
  for (let tries = 0; tries < 20 && !(await page.evaluate(() => document.activeElement instanceof HTMLInputElement)); ++tries) await page.keyboard.press('Tab')
  await page.keyboard.type('Grace')
  await page.keyboard.press('Enter')
  await page.locator('.turn a').first().waitFor()
  await tabTo('Choose seats')
  await page.keyboard.press('Enter')
  await page.locator('.plan').waitFor()
  await tabTo('Seat map. Arrow keys')
  for (const key of ['ArrowRight', 'ArrowRight', 'ArrowRight', 'Enter', 'ArrowDown', 'Enter', 'ArrowUp', 'Enter']) await page.keyboard.press(key)
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
  await Promise.all([one.locator('#hold').click(), other.locator('#hold').click({ noWaitAfter: true })])
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

test('the waiting room tells the place, survives a reload, and says when it is your turn', async () => {
  const sale = await openSale('The long line', { ratePerSecond: 1, burst: 1, maxActive: 1, abandonSeconds: 0 })
  const first = await visitor()
  await enterHall(first, sale, 'First')
  const page = await visitor()
  await page.goto(`${await front()}/concerts/${sale.concert}/wait`)
  await signIn(page, 'Second')
  await page.locator('.position').waitFor()
  expect(await page.locator('.position').innerText()).toBe('1')
  await expect.poll(() => page.title()).toContain('1 · The line')
  await expectNothingFound(page)
  await picture(page, 'shop-line')
  await page.reload()
  await page.locator('.position').waitFor()
  expect(await page.locator('.position').innerText()).toBe('1')
  await operate('PATCH', `/admin/v1/concerts/${sale.concert}/queue`, { maxActive: 2 })
  await page.getByRole('heading', { name: 'It is your turn' }).waitFor()
  await expect.poll(() => page.title()).toContain('● It is your turn')
  expect(await page.evaluate(() => document.activeElement?.textContent)).toContain('Choose seats')
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
  const verify = (text: string) => execFileSync(program, ['verify-ticket', '--ticket', text, '--public-key', publicKey], { encoding: 'utf8' })
  expect(verify(ticket)).toMatch(/^valid: .* VIP-1-1\n$/)
  const [head, facts, signature] = ticket.split('.') as [string, string, string]
  const other = Buffer.from(Buffer.from(facts, 'base64url').toString().replace('VIP-1-1', 'VIP-1-2')).toString('base64url')
  expect(() => verify(`${head}.${other}.${signature}`)).toThrow()
  await page.getByRole('button', { name: /Cancel and get/ }).click()
  await expectNothingFound(page)
  await page.getByRole('button', { name: 'Yes' }).click()
  await page.getByRole('heading', { name: 'Cancelled' }).waitFor()
  await page.goto(`${await front()}/account`)
  await page.getByText('Refunded').waitFor()
})

test('it works on a phone, by touch', async () => {
  const sale = await openSale('On the phone')
  const page = await visitor({ viewport: { width: 390, height: 780 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 })
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
