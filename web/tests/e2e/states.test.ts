import { expect, test } from 'vitest'
import type { Page } from 'playwright-core'
import { bought } from './buyer'
import { enterHall, expectNothingFound, front, openSale, signIn, visitor, walkTo } from './stage'

/**
 * What a buyer sees when things do not go straight on, in both languages: axe finds nothing there either. Found by
 * what they are, not by what they say.
 */
const languages = ['en', 'ko'] as const

const oneSeat = [{ name: 'A', tier: 'A', price: 50_000, rows: 1, seatsPerRow: 1 }]

/** A dialog is opened, looked at, and answered. */
async function dialog(page: Page, opener: string, answer: 'yes' | 'no'): Promise<void> {
  await page.locator(opener).click()
  await page.locator('dialog[open]').waitFor()
  await expectNothingFound(page)
  await page.locator(answer === 'yes' ? 'dialog .danger' : 'dialog .quiet').click()
  await page.locator('dialog').waitFor({ state: 'detached' })
}

test.each(languages)('a stranger, and one who has nothing yet (%s)', async (language) => {
  const page = await visitor({ language })
  const at = await front()
  await page.goto(`${at}/account`)
  await page.locator('form .link').click() // brings an access token
  await expectNothingFound(page)
  const refused = page.waitForResponse((each) => each.status() === 401)
  await signIn(page, 'not.a.token')
  await refused
  await page.locator('form.narrow').waitFor() // asked again
  await expectNothingFound(page)
  await page.locator('form .link').click()
  await signIn(page, 'Ada')
  await page.locator('.wallet').waitFor()
  await page.locator('section.card').nth(2).locator('p.quiet').waitFor()
  await expectNothingFound(page)
  await page.route('**/api/v1/balance/charges', (route) =>
    route.fulfill({ status: 422, json: { code: 'AMOUNT_INVALID', detail: 'no' } }),
  )
  await page.locator('.wallet button').click()
  await page.locator('[role=alert]').waitFor()
  await expectNothingFound(page)
  await dialog(page, '.spread .link.danger', 'no')
  await page.goto(`${at}/tickets`)
  await page.locator('a.button').waitFor()
  await expectNothingFound(page)
  await page.goto(`${at}/tickets/none`)
  await page.locator('[role=alert]').waitFor()
  await expectNothingFound(page)
  await page.goto(`${at}/dates/99999999`)
  await page.locator('h1').waitFor()
  await expectNothingFound(page)
  await page.goto(`${at}/account`)
  await page.locator('.wallet').waitFor()
  await dialog(page, '.spread .link.danger', 'yes')
  expect(await page.evaluate(() => localStorage.getItem('frontrow.person'))).toBeNull()
})

test.each(languages)(
  'a line that is left, one whose time runs out, one that is sold out, one unknown (%s)',
  async (language) => {
    const at = await front()
    const waiting = await openSale(`Left ${language}`, {
      ratePerSecond: 1,
      burst: 1,
      maxActive: 1,
      abandonSeconds: 0,
    })
    await enterHall(await visitor(), waiting, 'First')
    const page = await visitor({ language })
    await page.goto(`${at}/concerts/${waiting.concert}/wait`)
    await signIn(page, 'Second')
    await page.locator('.position').waitFor()
    await expectNothingFound(page)
    await dialog(page, '.link.danger', 'no')
    await dialog(page, '.link.danger', 'yes')
    await page.locator('.date').waitFor()
    // A token of before that is good for nothing any more.
    await page.evaluate((key) => localStorage.setItem(key, 'gone'), `frontrow.place.${waiting.concert}`)
    await page.goto(`${at}/concerts/${waiting.concert}/wait`)
    await page.locator('.actions button').waitFor()
    await expectNothingFound(page)
    const short = await openSale(`Short ${language}`, { activeSeconds: 3 })
    await page.goto(`${at}/concerts/${short.concert}/wait`)
    await page.locator('.turn').waitFor()
    await page.locator('.actions button').waitFor()
    await expectNothingFound(page)
    const sold = await openSale(`Sold ${language}`, {}, oneSeat)
    await bought(sold, [1])
    await page.goto(`${at}/concerts/${sold.concert}`)
    await page.locator('.date').waitFor()
    await expectNothingFound(page)
    await page.goto(`${at}/concerts/${sold.concert}/wait`)
    await page.locator('.actions button, .turn').first().waitFor()
    await expectNothingFound(page)
  },
)

test.each(languages)('seats that are guarded, given back, or held for too long (%s)', async (language) => {
  const at = await front()
  const page = await visitor({ language })
  const guarded = await openSale(`Guarded ${language}`, { guardSeatMap: true })
  await page.goto(`${at}/dates/${guarded.option}`)
  await signIn(page, 'Ada')
  await page.locator('.notice a').waitFor()
  await expectNothingFound(page)
  const sale = await openSale(`Held ${language}`, {}, undefined, { holdSeconds: 5 })
  await page.goto(`${at}/concerts/${sale.concert}/wait?date=${sale.option}`)
  await page.locator('.turn a').first().click()
  await page.locator('.plan').waitFor()
  await expectNothingFound(page) // nothing chosen yet
  for (const last of [false, true]) {
    await walkTo(page, last ? 6 : 2)
    await page.keyboard.press('Enter')
    await page.locator('#hold').click()
    await page.locator('.checkout, h1').first().waitFor()
    if (!last) await page.waitForURL(/checkout/)
    await page.locator('.actions a').waitFor() // the time is over
    await expectNothingFound(page)
    if (!last) await page.locator('.actions a').click()
    if (!last) await page.locator('.plan').waitFor()
  }
  const longer = await openSale(`Back ${language}`)
  await page.goto(`${at}/concerts/${longer.concert}/wait?date=${longer.option}`)
  await page.locator('.turn a').first().click()
  await page.locator('.plan').waitFor()
  await walkTo(page, 2)
  await page.keyboard.press('Enter')
  await page.locator('#hold').click()
  await page.locator('.checkout').waitFor()
  await dialog(page, '.checkout .link.danger', 'no')
  await page.goto(`${at}/tickets`)
  await page.locator('.ticket-card a.button').waitFor() // waiting to be paid
  await expectNothingFound(page)
  await page.locator('.ticket-card a.button').first().click()
  await dialog(page, '.checkout .link.danger', 'yes')
  await page.locator('.plan').waitFor()
})
