import { expect, test } from 'vitest'
import type { Response } from 'playwright-core'
import { adminOf, front, openSale, visitor } from './stage'

/** As the issue has it: compressed, all that is fetched before the first page can be used. */
const firstPageBytesMax = 100_000

test('the first page is small, compressed, kept for ever, and asks nobody but its front', async () => {
  const sale = await openSale('First of all')
  const page = await visitor()
  const seen: Response[] = []
  page.on('response', (each) => seen.push(each))
  await page.goto(`${await front()}/`)
  await page.getByRole('link', { name: sale.title }).waitFor()
  const files = seen.filter((each) => !new URL(each.url()).pathname.startsWith('/api/'))
  expect(files.length).toBeGreaterThanOrEqual(3)
  let bytes = 0
  for (const each of files) bytes += (await each.request().sizes()).responseBodySize
  console.log(`the first page: ${bytes} bytes in ${files.length} files`)
  expect(bytes).toBeGreaterThan(10_000)
  expect(bytes).toBeLessThan(firstPageBytesMax)
  for (const each of files) {
    const headers = await each.allHeaders()
    const { pathname } = new URL(each.url())
    expect(headers['content-encoding'] ?? 'small', pathname).toMatch(/^(br|gzip|small)$/)
    if (pathname === '/') expect(headers['cache-control']).toBe('no-cache')
    else {
      expect(pathname).toMatch(/^\/assets\/\w+-[\w-]{8}\.(js|css|svg)$/)
      expect(headers['cache-control']).toContain('immutable')
    }
  }
})

test('both pages forbid themselves everything but their own files and their own server', async () => {
  for (const address of [await front(), await adminOf()]) {
    const policy = (await fetch(`${address}/`)).headers.get('Content-Security-Policy')!
    expect(policy).toContain("default-src 'none'")
    for (const what of ['script-src', 'style-src', 'connect-src'])
      expect(policy).toMatch(new RegExp(`${what} 'self'(;|$)`))
    expect(policy).not.toMatch(/unsafe|https?:|\*/)
  }
  // And it is in force: what comes from elsewhere or stands within the page does not run.
  const page = await visitor()
  // Those would tell of what is refused here.
  for (const each of ['console', 'request'] as const) page.removeAllListeners(each as 'console')
  await page.goto(`${await front()}/`)
  const ran = await page.evaluate(async () => {
    const script = document.createElement('script')
    script.textContent = 'window.ran = true'
    document.head.append(script)
    const asked = await fetch('http://127.0.0.1:9/').then(
      () => 'asked',
      (error: Error) => error.name,
    )
    return { ran: 'ran' in window, asked }
  })
  expect(ran).toEqual({ ran: false, asked: 'TypeError' })
})

test('the language is the browser’s until one chooses, and then that one', async () => {
  const page = await visitor({ language: 'ko' })
  await page.goto(`${await front()}/`)
  const language = () => page.locator('html').getAttribute('lang')
  expect(await language()).toBe('ko')
  await page.getByRole('button', { name: 'English' }).click()
  expect(await language()).toBe('en')
  await page.getByRole('heading', { name: 'On sale now' }).waitFor()
  await page.reload()
  await page.getByRole('heading', { name: 'On sale now' }).waitFor()
  expect(await language()).toBe('en')
})
