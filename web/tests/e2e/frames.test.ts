import { expect, test } from 'vitest'
import { enterHall, openSale, visitor } from './stage'

/** Ten thousand seats, and what a frame takes while one zooms and pans: told, not judged, for machines differ. */
test('a hall of 10,000 seats is drawn with a few hundred elements, zoomed, panned and chosen from', async () => {
  const sections = [1, 2, 3, 4, 5].map((each) => ({
    name: `S${each}`,
    tier: ['VIP', 'R', 'S', 'A', 'B'][each - 1],
    price: 50_000 * (6 - each),
    rows: 40,
    seatsPerRow: 50,
  }))
  const sale = await openSale('Ten thousand', {}, sections)
  const page = await visitor()
  await enterHall(page, sale, 'Ada')
  expect(await page.locator('.plan *').count()).toBeLessThan(700)
  const frames = await page.evaluate(async () => {
    const frame = document.querySelector('.map-frame svg')!
    const box = frame.getBoundingClientRect()
    const middle = {
      clientX: box.x + box.width / 2,
      clientY: box.y + box.height / 2,
      bubbles: true,
      cancelable: true,
    }
    const times: number[] = []
    let last = performance.now()
    const next = () => new Promise<void>((resolve) => requestAnimationFrame(() => resolve()))
    for (let at = 0; at < 60; ++at) {
      if (at < 30) frame.dispatchEvent(new WheelEvent('wheel', { ...middle, deltaY: at < 15 ? -60 : 60 }))
      else {
        const moved = { ...middle, clientX: middle.clientX + (at % 10) * 8, pointerId: 1, pointerType: 'mouse' }
        if (at === 30) frame.dispatchEvent(new WheelEvent('wheel', { ...middle, deltaY: -800 }))
        frame.dispatchEvent(new PointerEvent('pointermove', moved))
      }
      await next()
      const now = performance.now()
      times.push(now - last)
      last = now
    }
    return times.sort((a, b) => a - b)
  })
  const at = (share: number) => frames[Math.floor(share * (frames.length - 1))]!.toFixed(1)
  console.log(`10,000 seats, software rendering: a frame takes ${at(0.5)} ms (median), ${at(0.95)} ms (p95)`)
  await page.getByRole('button', { name: 'Show all' }).click()
  await page.locator('form.best button').click()
  await page.locator('#hold').waitFor()
})
