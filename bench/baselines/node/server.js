// What a user would build instead of Frontrow: the same paths and answers, on fastify, PostgreSQL and Redis.
// Settings by the environment: PORT, DATABASE_URL, REDIS_PORT, JWT_SECRET, POOL, WAY (conditional, pessimistic,
// optimistic, redis-lock), CHECKS (bare or checked). See ../README.md.
import { createHash } from 'node:crypto'
import Fastify from 'fastify'
import Redis from 'ioredis'
import pg from 'pg'
import { bareHolds, checkedHolds, SeatLocks } from './holds.js'
import { Login } from './login.js'
import { BareQueue, Queue } from './queue.js'
import { SeatList } from './seat_list.js'

const env = process.env
const checked = env.CHECKS === 'checked'
const way = env.WAY
const BIGINT = 20
pg.types.setTypeParser(BIGINT, Number) // amounts stay far below 2^53 here

const pool = new pg.Pool({ connectionString: env.DATABASE_URL, max: Number(env.POOL), idleTimeoutMillis: 0 })
// Commands of one turn of the event loop travel together.
const redis = new Redis({ port: Number(env.REDIS_PORT), host: '127.0.0.1', enableAutoPipelining: true })
const login = new Login(env.JWT_SECRET)
const locks = new SeatLocks(redis)
const holds = checked ? checkedHolds(pool, locks) : bareHolds(pool, locks)
const queue = checked ? new Queue(redis, policyOf) : new BareQueue(redis)
const seatList = new SeatList(pool)
const options = new Map()

async function policyOf(concert) {
  const found = await pool.query(`select rate_per_second as "ratePerSecond", burst, max_active as "maxActive", capacity,
    active_seconds as "activeSeconds" from concert where concert_id = $1`, [concert])
  return found.rows[0]
}

async function optionOf(id) {
  let option = options.get(id)
  if (!option) {
    const rows = (await pool.query('select concert_id, hold_seconds, max_seats_per_user from option where option_id = $1', [id])).rows
    if (rows.length === 0) return null
    option = { id, concert: rows[0].concert_id, holdSeconds: rows[0].hold_seconds, cap: rows[0].max_seats_per_user }
    options.set(id, option)
  }
  return option
}

const app = Fastify({ logger: false, keepAliveTimeout: 300_000, connectionTimeout: 0 })
const json = (reply, status, text) => reply.code(status).header('content-type', 'application/json').send(text)
const refuse = (reply, status, code) =>
  reply.code(status).header('content-type', 'application/problem+json').send(`{"type":"about:blank","title":"${code}","status":${status},"code":"${code}"}`)
// Bare: whoever says so is it.
const userOf = request => checked ? login.user(request.headers.authorization) : Number(request.headers['x-user'])
const printOf = body => createHash('sha1').update(JSON.stringify(body)).digest('base64url')

const POLL_AFTER_MS = 5_000
const place = (token, concert, user, rank) => rank === -1
  ? `{"queueToken":"${token}","concertId":${concert},"userId":${user},"status":"ACTIVE","position":0,"ahead":0,"etaSeconds":0,"pollAfterMs":${POLL_AFTER_MS}}`
  : `{"queueToken":"${token}","concertId":${concert},"userId":${user},"status":"WAITING","position":${rank + 1},"ahead":${rank},"etaSeconds":0,"pollAfterMs":${Math.min(POLL_AFTER_MS, 200 + rank)}}`

app.post('/api/v1/concerts/:concert/queue', async (request, reply) => {
  const user = userOf(request)
  if (!user) return refuse(reply, 401, 'UNAUTHORIZED')
  const concert = Number(request.params.concert)
  const joined = await queue.join(concert, user)
  if (!joined) return refuse(reply, 409, 'QUEUE_FULL')
  return json(reply, joined.fresh ? 201 : 200, place(joined.token, concert, user, joined.rank))
})

app.get('/api/v1/queue', async (request, reply) => {
  const token = request.headers['queue-token']
  const user = userOf(request)
  const found = await queue.poll(token)
  if (!found || (checked && found.user !== user)) return refuse(reply, 403, 'QUEUE_TOKEN_INVALID')
  if (found.rank === -2) {
    return json(reply, 200, `{"queueToken":"${token}","concertId":${found.concert},"userId":${found.user},"status":"EXPIRED","position":0}`)
  }
  return json(reply, 200, place(token, found.concert, found.user, found.rank))
})

app.delete('/api/v1/queue', async (request, reply) => {
  const user = userOf(request)
  const found = await queue.poll(request.headers['queue-token'])
  if (!found || found.user !== user) return refuse(reply, 403, 'QUEUE_TOKEN_INVALID')
  await queue.leave(found.concert, user)
  return reply.code(204).send()
})

app.post('/api/v1/reservations', async (request, reply) => {
  const user = userOf(request)
  if (!user) return refuse(reply, 401, 'UNAUTHORIZED')
  const { optionId, seatIds, bestAvailable } = request.body
  const option = await optionOf(optionId)
  if (!option) return refuse(reply, 404, 'OPTION_NOT_FOUND')
  let held
  if (checked) {
    const found = await queue.poll(request.headers['queue-token'] ?? '')
    if (!found || found.user !== user || found.concert !== option.concert) return refuse(reply, 403, 'QUEUE_TOKEN_INVALID')
    if (found.rank !== -1) return refuse(reply, 403, 'QUEUE_TOKEN_NOT_ACTIVE')
    const key = request.headers['idempotency-key']
    const print = printOf(request.body)
    if (bestAvailable && !(bestAvailable.count === 1 || bestAvailable.count === 2)) return refuse(reply, 400, 'INVALID_REQUEST')
    held = bestAvailable
      ? await holds.best(option, bestAvailable.count, user, key, print)
      : await holds.hold(way, option, seatIds, user, key, print)
  } else {
    held = await holds.hold(way, option, seatIds, user)
  }
  if (held.status !== 201) return refuse(reply, held.status, held.code)
  return json(reply, 201, `{"reservationId":"${held.reservation}","optionId":${optionId},"userId":${user},"seats":[${held.seats}],"amount":${held.amount},"status":"HELD","expiresAt":"${held.expiresAt.toISOString()}"}`)
})

const bareCharge = values => ({
  name: 'bare-charge',
  text: `with now_there as (insert into account (user_id, balance) values ($1, $2)
      on conflict (user_id) do update set balance = account.balance + excluded.balance returning balance)
    insert into charge (user_id, amount, balance) select $1, $2, balance from now_there returning charge_id as charge, balance`,
  values
})
const checkedCharge = values => ({ name: 'charge', text: 'select * from charge_account($1, $2, $3, $4)', values })

app.post('/api/v1/balance/charges', async (request, reply) => {
  const user = userOf(request)
  if (!user) return refuse(reply, 401, 'UNAUTHORIZED')
  const { amount } = request.body
  if (!Number.isSafeInteger(amount) || amount <= 0) return refuse(reply, 400, 'INVALID_REQUEST')
  const row = (await pool.query(checked
    ? checkedCharge([user, amount, request.headers['idempotency-key'], printOf(request.body)])
    : bareCharge([user, amount]))).rows[0]
  if (row.outcome === 'IDEMPOTENCY_KEY_REUSED') return refuse(reply, 422, row.outcome)
  return json(reply, 201, `{"chargeId":"${row.charge}","userId":${user},"amount":${amount},"balance":${row.balance}}`)
})

const PAYMENT_STATUS = { RESERVATION_NOT_FOUND: 404, HOLD_EXPIRED: 410, INSUFFICIENT_BALANCE: 402 }
app.post('/api/v1/payments', async (request, reply) => {
  const user = userOf(request)
  if (!user) return refuse(reply, 401, 'UNAUTHORIZED')
  const { reservationId } = request.body
  const row = (await pool.query({
    name: 'pay', text: 'select * from pay_reservation($1, $2, $3, $4)',
    values: [Number(reservationId), user, request.headers['idempotency-key'], printOf(request.body)]
  })).rows[0]
  if (row.outcome in PAYMENT_STATUS) return refuse(reply, PAYMENT_STATUS[row.outcome], row.outcome)
  if (row.outcome === 'COMPLETED') await queue.leave(row.concert, user)
  return json(reply, row.outcome === 'COMPLETED' ? 201 : 200, `{"paymentId":"${row.payment}","reservationId":"${reservationId}","userId":${user},"amount":${row.amount},"status":"COMPLETED","balance":${row.balance},"paidAt":"${row.paid_at.toISOString()}"}`)
})

app.get('/api/v1/options/:option/seats', async (request, reply) => {
  const list = await seatList.of(Number(request.params.option))
  if (request.headers['if-none-match'] === list.etag) return reply.code(304).header('etag', list.etag).send()
  reply.header('etag', list.etag)
  return json(reply, 200, list.body)
})

// Connections first: no request shall wait for one to be made.
await Promise.all(Array.from({ length: pool.options.max }, async () => {
  const client = await pool.connect()
  await client.query('select pg_sleep(0.05)')
  client.release()
}))
await app.listen({ port: Number(env.PORT), host: '127.0.0.1' })
console.log('ready')
