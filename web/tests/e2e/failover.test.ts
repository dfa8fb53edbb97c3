import { expect, test } from 'vitest'
import { cluster, clusterStatus } from './house'
import { enterHall, folder, front, openSale, operate, visitor, walkTo } from './stage'

test('a node is killed while somebody pays: paid once, and the ticket is there', async () => {
  const sale = await openSale('A node dies')
  const page = await visitor()
  await enterHall(page, sale, 'Ada')
  await walkTo(page, 2)
  await page.keyboard.press('Enter')
  await page.locator('#hold').click()
  await page.locator('#charge').click()
  await page.locator('#pay').waitFor()
  const { shard } = await operate<{ shard: number }>('GET', `/admin/v1/actors/seat_map/${sale.option}`)
  const { owner } = await operate<{ owner: string }>('GET', `/admin/v1/shards/${shard}`)
  const node = (await clusterStatus(folder())).nodes.find((each) => each.nodeId === owner)!
  const killed = cluster(folder(), 'kill', node.name)
  await page.locator('#pay').click()
  await killed
  await page.locator('.qr').waitFor()
  await page.goto(`${await front()}/account`)
  await page.locator('tbody tr').first().waitFor()
  const movements = page.locator('section.card').nth(1).locator('tbody tr')
  expect(await movements.allInnerTexts()).toHaveLength(2) // a charge and one debit
  await page.goto(`${await front()}/tickets`)
  await page.locator('.badge.confirmed').waitFor()
})
