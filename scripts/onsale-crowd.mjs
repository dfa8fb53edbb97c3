// The crowd of scripts/onsale-demo: opens a concert and buys its seats, each person at the pace that the server asks for.
//   node onsale-crowd.mjs PEOPLE SEATS RATE OVER ADMIN TOKEN-FILE FRONT...
import { readFile } from 'node:fs/promises'
import { Agent, request } from 'node:http'

const [people, seats, rate, over] = process.argv.slice(2, 6).map(Number)
const [admin, tokenFile, ...fronts] = process.argv.slice(6)
const operator = (await readFile(tokenFile, 'utf8')).trim()

/** Of one process: a browser would have one or two each. */
const agent = new Agent({ keepAlive: true, maxSockets: 400, maxFreeSockets: 400 })
const answerWithinMs = 20_000
const tellEveryMs = 2_000
/** A person looks at the hall before choosing, and at the price before paying. */
const thinkMs = () => 500 + Math.random() * 4_000
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
const pick = (list) => list[Math.floor(Math.random() * list.length)]

function once(base, method, path, headers, body) {
  return new Promise((resolve, reject) => {
    const text = body === undefined ? undefined : JSON.stringify(body)
    const asked = request(
      base + path,
      {
        method,
        agent,
        timeout: answerWithinMs,
        headers: { ...headers, ...(text === undefined ? {} : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) }) },
      },
      (answer) => {
        const parts = []
        answer.on('data', (part) => parts.push(part))
        answer.on('error', reject)
        answer.on('end', () => {
          const told = Buffer.concat(parts).toString()
          resolve({ status: answer.statusCode, body: told ? JSON.parse(told) : null })
        })
      },
    )
    asked.on('timeout', () => asked.destroy(new Error('no answer')))
    asked.on('error', reject)
    asked.end(text)
  })
}

/** Asks until somebody answers: with the same key, at whichever front. */
async function ask(method, path, headers = {}, body = undefined, bases = fronts) {
  for (let wait = 200; ; wait = Math.min(wait * 2, 5_000)) {
    try {
      const answer = await once(pick(bases), method, path, headers, body)
      if (answer.status !== 503 && answer.status !== 429) return answer
    } catch {
      // Nobody there: the next one may be.
    }
    await pause(wait * (0.5 + Math.random()))
  }
}

async function operate(method, path, body) {
  const answer = await ask(method, path, { Authorization: `Bearer ${operator}` }, body, [admin])
  if (answer.status >= 300) throw new Error(`${path}: ${answer.status} ${answer.body?.detail ?? ''}`)
  return answer.body
}

/** About so many seats in three tiers; rows grow with the hall. */
function sections(count) {
  const perRow = Math.max(10, Math.min(60, Math.round(Math.sqrt(count * 1.3))))
  const rows = Math.max(3, Math.round(count / perRow))
  const share = (part) => Math.max(1, Math.round(rows * part))
  return [
    { name: 'VIP', tier: 'VIP', price: 150_000, rows: share(0.2), seatsPerRow: perRow },
    { name: 'R', tier: 'R', price: 110_000, rows: share(0.35), seatsPerRow: perRow },
    { name: 'S', tier: 'S', price: 77_000, rows: Math.max(1, rows - share(0.2) - share(0.35)), seatsPerRow: perRow },
  ]
}

const { concertId } = await operate('POST', '/admin/v1/concerts', {
  title: `On sale: ${people.toLocaleString('en-GB')} people`,
  queue: { ratePerSecond: rate, burst: rate, maxActive: Math.max(100, rate * 10) },
})
const hall = await operate('POST', `/admin/v1/concerts/${concertId}/options`, {
  title: 'The one night',
  startsAt: new Date(Date.now() + 30 * 86_400_000).toISOString(),
  sections: sections(seats),
})

console.log(`
Watch the hall      ${fronts[0]}/dates/${hall.optionId}
Join the line       ${fronts[0]}/concerts/${concertId}/wait?date=${hall.optionId}
The console         ${admin}/concerts/${concertId}
  its token         ${tokenFile}

${people.toLocaleString('en-GB')} people come within ${over} s for ${hall.seats.toLocaleString('en-GB')} seats; ${rate} a second are let in.
`)

const count = { here: 0, waiting: 0, shopping: 0, bought: 0, seats: 0, empty: 0, gone: 0 }

async function person(number) {
  const { body: me } = await ask('POST', '/api/v1/users', {}, { name: `Person ${number}` })
  const mine = { Authorization: `Bearer ${me.accessToken}` }
  ++count.here
  const joined = await ask('POST', `/api/v1/concerts/${concertId}/queue`, { ...mine, 'Idempotency-Key': `join-${number}` })
  if (joined.status >= 300) return void ++count.gone
  ++count.waiting
  let place = joined.body
  while (place.status === 'WAITING') {
    await pause(place.pollAfterMs)
    const told = await ask('GET', '/api/v1/queue', { 'Queue-Token': place.queueToken })
    if (told.status !== 200) break
    place = told.body
  }
  --count.waiting
  if (place.status !== 'ACTIVE') return void ++count.empty
  ++count.shopping
  try {
    const holding = { ...mine, 'Queue-Token': place.queueToken }
    for (let tries = 0; tries < 4; ++tries) {
      await pause(thinkMs())
      const tier = tries < 2 ? pick(['VIP', 'R', 'S']) : undefined
      const held = await ask('POST', '/api/v1/reservations', { ...holding, 'Idempotency-Key': `hold-${number}-${tries}` }, {
        optionId: hall.optionId,
        bestAvailable: { count: tries < 3 ? pick([1, 2, 2, 2, 3, 4]) : 1, ...(tier ? { tier } : {}) },
      })
      if (held.status !== 201) continue
      await pause(thinkMs())
      await ask('POST', '/api/v1/balance/charges', { ...mine, 'Idempotency-Key': `charge-${number}` }, { amount: 600_000 })
      const paid = await ask('POST', '/api/v1/payments', { ...mine, 'Idempotency-Key': `pay-${number}` }, { reservationId: held.body.reservationId })
      if (paid.status > 201) break
      ++count.bought
      count.seats += held.body.seats.length
      return
    }
    await ask('DELETE', '/api/v1/queue', { ...mine, 'Queue-Token': place.queueToken })
    ++count.empty
  } finally {
    --count.shopping
  }
}

const begun = Date.now()
const tell = () =>
  console.log(
    `${String(Math.round((Date.now() - begun) / 1_000)).padStart(4)} s  ${count.waiting} waiting, ${count.shopping} shopping, ` +
      `${count.bought} have bought ${count.seats} of ${hall.seats} seats, ${count.empty} went without`,
  )
const telling = setInterval(tell, tellEveryMs)
await Promise.all(
  Array.from({ length: people }, async (_, number) => {
    await pause(Math.random() * over * 1_000)
    await person(number)
  }),
)
clearInterval(telling)
tell()
agent.destroy()
