import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { chromium, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from 'playwright-core'
import { afterAll, afterEach, expect, inject } from 'vitest'
import { clusterStatus } from './house'

/** What the tests of one file share: a browser, and the operators' side of the cluster. */

const here = import.meta.dirname ?? new URL('.', import.meta.url).pathname
const axe = readFileSync(resolve(here, '../../node_modules/axe-core/axe.min.js'), 'utf8')
const pictures = resolve(here, '../../../docs/screenshots')
/** On a slow machine everything takes its time; nothing is judged by how long it took. */
export const patience = 60_000

const chromiums = [
  process.env['FRONTROW_CHROMIUM'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
]

let browser: Browser | undefined
let failures = 0
const contexts: BrowserContext[] = []

/** What no page may do, whatever else it does. */
const troubles: string[] = []
afterEach(async ({ task }) => {
  const pages = contexts.splice(0).flatMap((each) => each.pages())
  if (task.result?.state === 'fail') for (const each of pages) await tellWhereItStood(each)
  for (const each of pages) await each.context().close()
  expect(troubles.splice(0)).toEqual([])
})

async function tellWhereItStood(page: Page): Promise<void> {
  const seen = join(tmpdir(), `frontrow-failed-${process.pid}-${++failures}.png`)
  await page.screenshot({ path: seen }).catch(() => undefined)
  const body = page.locator('body')
  const text = await body.innerText({ timeout: 1_000 }).catch(() => '')
  console.error(`a browser stood at ${page.url()} (${seen}):\n${text}`)
}

afterAll(async () => browser?.close())

export const folder = () => inject('folder')
export const token = () => readFileSync(join(folder(), 'admin-token'), 'utf8').trim()

let frontAddress: string | undefined
/** The front that all tests share; `known()`: the same, once it has been asked for. */
export const front = Object.assign(async () => (frontAddress ??= (await clusterStatus(folder())).fronts[0]!.http), {
  known: () => frontAddress,
})
export const adminOf = async () =>
  (await clusterStatus(folder())).nodes.find((each) => each.state === 'LIVING')!.admin

/** A person with a browser of their own. Every error that a page meets and nobody expected fails the test. */
export async function visitor(options: BrowserContextOptions & { language?: 'ko' | 'en' } = {}): Promise<Page> {
  browser ??= await chromium.launch({
    executablePath: chromiums.find((each) => each && existsSync(each)) ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
  })
  const { language = 'en', ...rest } = options
  const context = await browser.newContext({
    viewport: { width: 1280, height: 860 },
    timezoneId: 'Asia/Seoul',
    locale: language === 'ko' ? 'ko-KR' : 'en-GB',
    reducedMotion: 'reduce',
    ...rest,
  })
  contexts.push(context)
  const page = await context.newPage()
  page.setDefaultTimeout(patience)
  page.on('pageerror', (error) => troubles.push(`an error that nobody caught: ${error.message}`))
  page.on('console', (said) => {
    if (/content security policy/i.test(said.text())) troubles.push(said.text())
  })
  page.on('request', (asked) => {
    const [to, from] = [new URL(asked.url()), new URL(asked.frame().url())]
    if (/^(http|ws)/.test(to.protocol) && to.host !== from.host && !asked.isNavigationRequest())
      troubles.push(`a third party was asked: ${asked.url()}`)
  })
  return page
}

/** WCAG 2.2 AA, by axe-core: nothing found. */
export async function expectNothingFound(page: Page): Promise<void> {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe)
  const found = await page.evaluate(async () => {
    const { violations } = await (
      window as never as {
        axe: {
          run: (options: object) => Promise<{ violations: { id: string; help: string; nodes: { html: string }[] }[] }>
        }
      }
    ).axe.run({
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    })
    return violations.map(
      (each) => `${each.id}: ${each.help}: ${each.nodes.map((node) => node.html.slice(0, 200)).join(' | ')}`,
    )
  })
  expect(found, page.url()).toEqual([])
}

/** A picture for the README, where they are asked for: FRONTROW_SCREENSHOTS=1. */
export async function picture(page: Page, name: string): Promise<void> {
  if (!process.env['FRONTROW_SCREENSHOTS']) return
  mkdirSync(pictures, { recursive: true })
  await page.evaluate(() => scrollTo(0, 0))
  await page.screenshot({ path: join(pictures, `${name}.png`), animations: 'disabled' })
}

// ---- the operators' side

let operated: string | undefined

export async function operate<Body = Record<string, unknown>>(
  method: string,
  path: string,
  body?: unknown,
): Promise<Body> {
  for (let tries = 0; ; ++tries) {
    operated ??= await adminOf()
    const response = await fetch(operated + path, {
      method,
      headers: {
        Authorization: `Bearer ${token()}`,
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      body: body === undefined ? null : JSON.stringify(body),
    }).catch((error: unknown) => error as Error)
    if (response instanceof Response && response.ok) return (await response.json()) as Body
    if (response instanceof Response && response.status !== 503)
      throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
    operated = undefined // that node may be gone
    if (tries > 100) throw new Error(`${method} ${path}: nobody answers`)
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

interface ConcertNow {
  concertId: number
  queue: { active: number; ratePerSecond: number; paused: boolean }
}

/** A concert as operators see it now. */
export async function concertNow(concert: number): Promise<ConcertNow> {
  for (let after = 0; ;) {
    type Page = { concerts: ConcertNow[]; next: number | null }
    const page = await operate<Page>('GET', `/admin/v1/concerts?limit=100&after=${after}`)
    const found = page.concerts.find((each) => each.concertId === concert)
    if (found) return found
    if (page.next === null || page.next === undefined) throw new Error(`there is no concert ${concert}`)
    after = Number(page.next)
  }
}

export interface Sale {
  concert: number
  option: number
  title: string
}

export const smallHall = [
  { name: 'VIP', tier: 'VIP', price: 150_000, rows: 4, seatsPerRow: 16 },
  { name: 'R', tier: 'R', price: 110_000, rows: 6, seatsPerRow: 20 },
  { name: 'S', tier: 'S', price: 77_000, rows: 6, seatsPerRow: 24 },
]

export async function openSale(
  title: string,
  queue: object = {},
  sections: object[] = smallHall,
  more: object = {},
): Promise<Sale> {
  const { concertId } = await operate<{ concertId: number }>('POST', '/admin/v1/concerts', { title, queue })
  const { optionId } = await operate<{ optionId: number }>('POST', `/admin/v1/concerts/${concertId}/options`, {
    title: 'Saturday night',
    startsAt: '2027-05-15T10:00:00Z',
    sections,
    ...more,
  })
  // The fronts show it a moment later.
  await expect
    .poll(async () => (await fetch(`${await front()}/api/v1/concerts/${concertId}`)).status, { timeout: patience })
    .toBe(200)
  await expect
    .poll(
      async () =>
        ((await (await fetch(`${await front()}/api/v1/concerts/${concertId}`)).json()) as { dates: unknown[] }).dates
          .length,
      { timeout: patience },
    )
    .toBe(1)
  return { concert: concertId, option: optionId, title }
}

// ---- what a person does

export async function signIn(page: Page, name: string): Promise<void> {
  const input = page.locator('form input').first()
  await input.fill(name)
  await input.press('Enter') // wherever the focus is by now: a page that has just come sets it on its heading
}

/** Through the line into the hall. */
export async function enterHall(page: Page, sale: Sale, name: string): Promise<void> {
  await page.goto(`${await front()}/concerts/${sale.concert}/wait?date=${sale.option}`)
  await signIn(page, name)
  await page.locator('.turn a').first().click()
  await page.locator('.plan').waitFor()
}

/** Chooses a seat by walking there with the keys: from the first free seat, `right` to the right. */
export async function walkTo(page: Page, right: number, down = 0): Promise<void> {
  await page.locator('.map-frame').focus()
  await page.keyboard.press('ArrowRight')
  for (let at = 0; at < right; ++at) await page.keyboard.press('ArrowRight')
  for (let at = 0; at < down; ++at) await page.keyboard.press('ArrowDown')
}
