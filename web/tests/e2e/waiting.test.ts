import { expect, onTestFinished, test } from 'vitest'
import type { Page } from 'playwright-core'
import { cluster } from './house'
import { openGate } from './gate'
import {
  concertNow,
  enterHall,
  expectNothingFound,
  folder,
  front,
  openSale,
  operate,
  picture,
  signIn,
  visitor,
  type Sale,
} from './stage'

/** A concert that lets in one, and somebody is in: whoever comes now is first in line. */
async function fullHouse(title: string): Promise<Sale> {
  const sale = await openSale(title, { ratePerSecond: 1, burst: 1, maxActive: 1, abandonSeconds: 0 })
  await enterHall(await visitor(), sale, 'First')
  return sale
}
const letInOneMore = (sale: Sale) => operate('PATCH', `/admin/v1/concerts/${sale.concert}/queue`, { maxActive: 2 })

async function standInLine(page: Page, sale: Sale, at?: string): Promise<void> {
  await page.goto(`${at ?? (await front())}/concerts/${sale.concert}/wait`)
  await signIn(page, 'Second')
  await stillFirst(page)
}
async function stillFirst(page: Page): Promise<void> {
  await page.locator('.position').waitFor()
  expect(await page.locator('.position').innerText()).toBe('1')
}
const saidOfConnection = (page: Page) => page.locator('.connection').innerText()
const myTurn = (page: Page) => page.getByRole('heading', { name: 'It is your turn' }).waitFor()
const keptToken = (page: Page, sale: Sale) =>
  page.evaluate((key) => localStorage.getItem(key), `frontrow.place.${sale.concert}`)

test('the waiting room tells the place, survives a reload, and says when it is your turn', async () => {
  const sale = await fullHouse('The long line')
  const page = await visitor()
  await standInLine(page, sale)
  await expect.poll(() => page.title()).toContain('1 · The line')
  await expectNothingFound(page)
  await picture(page, 'shop-line')
  await page.reload()
  await stillFirst(page)
  await letInOneMore(sale)
  await myTurn(page)
  await expect.poll(() => page.title()).toContain('● It is your turn')
  expect(await page.evaluate(() => document.activeElement?.textContent)).toContain('Choose seats')
})

test('it calls whoever looks elsewhere by sound and notification, if they have chosen so', async () => {
  const sale = await fullHouse('Called')
  const page = await visitor()
  await page.addInitScript(() => {
    const heard = { asked: 0, shown: [] as string[], tones: 0 }
    Object.assign(window, { heard })
    class Made {
      static permission = 'default'
      static requestPermission = () => (++heard.asked, (Made.permission = 'granted'), Promise.resolve('granted'))
      constructor(title: string) {
        heard.shown.push(title)
      }
    }
    Object.assign(window, { Notification: Made })
    const create = AudioContext.prototype.createOscillator
    AudioContext.prototype.createOscillator = function () {
      ++heard.tones
      return create.call(this)
    }
  })
  const heard = () =>
    page.evaluate(() => (window as never as { heard: { asked: number; shown: string[]; tones: number } }).heard)
  await standInLine(page, sale)
  expect(await heard()).toEqual({ asked: 0, shown: [], tones: 0 })
  await page.getByLabel('Play a sound').check()
  await page.getByLabel('Show a notification').check()
  const { asked, tones } = await heard()
  expect(asked).toBe(1)
  expect(tones).toBeGreaterThan(0) // once, to know it
  await page.evaluate(() => Object.defineProperty(document, 'visibilityState', { get: () => 'hidden' }))
  await letInOneMore(sale)
  await myTurn(page)
  await expect.poll(async () => (await heard()).shown).toEqual(['It is your turn'])
  expect((await heard()).tones).toBeGreaterThan(tones)
})

test('a front dies while people wait: they go on at another, with their place', async () => {
  const sale = await fullHouse('A front dies')
  const [name, doomed] = (await cluster(folder(), 'add-front', '--patience', '300')).trim().split(/\s+/) as [
    string,
    string,
  ]
  const gate = await openGate([doomed, await front()])
  const page = await visitor()
  await standInLine(page, sale, gate.url)
  await expect.poll(() => saidOfConnection(page)).toBe('Live')
  expect(new Set(gate.went)).toEqual(new Set([doomed]))
  const token = await keptToken(page, sale)
  await cluster(folder(), 'kill', name)
  await expect.poll(() => gate.went.includes(front.known()!)).toBe(true)
  await expect.poll(() => saidOfConnection(page)).toBe('Live')
  await stillFirst(page)
  expect(await keptToken(page, sale)).toBe(token)
  await letInOneMore(sale)
  await myTurn(page)
})

test('without a stream it asks, without anybody it says so, and it keeps the place through both', async () => {
  const sale = await fullHouse('No stream')
  const gate = await openGate([await front()])
  const page = await visitor()
  await standInLine(page, sale, gate.url)
  await expect.poll(() => saidOfConnection(page)).toBe('Live')
  gate.refused.add('/api/v1/queue/events')
  gate.shut(true)
  await expect.poll(() => saidOfConnection(page)).toContain('your place is kept')
  await expectNothingFound(page)
  gate.shut(false)
  await expect.poll(() => saidOfConnection(page)).toBe('Asking every few seconds')
  await stillFirst(page)
  await letInOneMore(sale)
  await myTurn(page)
})

test('a device that sleeps while it is its turn learns it when it wakes', async () => {
  const sale = await fullHouse('Asleep')
  const page = await visitor()
  await standInLine(page, sale)
  await expect.poll(() => saidOfConnection(page)).toBe('Live')
  const device = await page.context().newCDPSession(page)
  await device.send('Page.setWebLifecycleState', { state: 'frozen' })
  onTestFinished(() => void device.detach().catch(() => undefined))
  await letInOneMore(sale)
  await expect.poll(async () => (await concertNow(sale.concert)).queue.active).toBe(2)
  await device.send('Page.setWebLifecycleState', { state: 'active' })
  await myTurn(page)
})
