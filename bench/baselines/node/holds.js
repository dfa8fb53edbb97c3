// Taking seats, in the four ways that people use. Each answers { status: 201, reservation, ... } or a refusal.
import { randomBytes } from 'node:crypto'

const TAKEN = { status: 409, code: 'SEAT_TAKEN' }
const TRIES_MAX = 10 // of one that was overtaken
const LOCK_MS = 5_000
const LOCK_TRIES_MAX = 100
const LOCK_PAUSE_MS = 5

const FREE = '(status = 0 or (status = 1 and held_until < now()))'
const named = (name, text) => values => ({ name, text, values })

// One statement each, prepared once a connection.
const take = named('take', `update seat set status = 1, user_id = $3, held_until = now() + make_interval(secs => $4),
  version = version + 1 where option_id = $1 and seat_id = any ($2::int[]) and ${FREE} returning price`)
const takeVersion = named('take-version', `update seat set status = 1, user_id = $3,
  held_until = now() + make_interval(secs => $4), version = version + 1
  where option_id = $1 and seat_id = $2 and version = $5 returning price`)
const look = named('look', `select seat_id, version, price, ${FREE} as free from seat
  where option_id = $1 and seat_id = any ($2::int[]) order by seat_id`)
const lock = named('lock', `select seat_id, price, ${FREE} as free from seat
  where option_id = $1 and seat_id = any ($2::int[]) order by seat_id for update`)
const takeLocked = named('take-locked', `update seat set status = 1, user_id = $3,
  held_until = now() + make_interval(secs => $4), version = version + 1
  where option_id = $1 and seat_id = any ($2::int[])`)
const holdSeats = named('hold-seats', 'select * from hold_seats($1, $2, $3, $4, $5, $6, $7, $8)')
const holdBest = named('hold-best', 'select * from hold_best($1, $2, $3, $4, $5, $6, $7)')
const earlierHold = named('earlier-hold', 'select * from earlier_hold($1, $2, $3, $4)')
const recordHold = named('record-hold',
  'select record_hold($1, $2, $3, $4, $5, $6, now() + make_interval(secs => $7), $8) as reservation')

function heldOf(row) {
  if (row.outcome === 'HELD') {
    return { status: 201, reservation: row.reservation, amount: row.amount, seats: row.seats, expiresAt: row.expires_at }
  }
  return { status: row.outcome === 'IDEMPOTENCY_KEY_REUSED' ? 422 : 409, code: row.outcome }
}

// What the functions in schema.sql refuse by raising, and what is worth another try.
async function refusing(work) {
  for (let nth = 1; ; nth++) {
    try {
      return await work()
    } catch (error) {
      if (error.code === 'FR001') return { status: 422, code: 'TOO_MANY_SEATS' }
      if (error.code === 'FR002') return TAKEN
      // A deadlock, or the same key at the same time: then the first answer is there now.
      if ((error.code !== '40P01' && error.code !== '23505') || nth >= TRIES_MAX) throw error
    }
  }
}

async function inTransaction(pool, work) {
  const client = await pool.connect()
  try {
    await client.query('begin')
    const answer = await work(client)
    await client.query(answer.status === 201 ? 'commit' : 'rollback')
    return answer
  } catch (error) {
    await client.query('rollback').catch(() => {})
    throw error
  } finally {
    client.release()
  }
}

export class SeatLocks {
  constructor(redis) {
    this.redis = redis
    redis.defineCommand('unlockSeat', {
      numberOfKeys: 1,
      lua: "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"
    })
  }

  // Runs the work while all of the seats are locked, in their order; `refuse` when they stay locked too long.
  async locked(option, seats, work, refuse) {
    const owner = randomBytes(12).toString('hex')
    const keys = seats.map(seat => `lock:${option}:${seat}`)
    const mine = []
    try {
      for (const key of keys) {
        let tries = 0
        while (await this.redis.set(key, owner, 'PX', LOCK_MS, 'NX') !== 'OK') {
          if (++tries === LOCK_TRIES_MAX) return refuse()
          await new Promise(resolve => setTimeout(resolve, LOCK_PAUSE_MS * (0.5 + Math.random())))
        }
        mine.push(key)
      }
      return await work()
    } finally {
      await Promise.all(mine.map(key => this.redis.unlockSeat(key, owner)))
    }
  }
}

const sorted = seats => seats.length < 2 ? seats : [...seats].sort((a, b) => a - b)
const total = rows => rows.reduce((sum, row) => sum + row.price, 0)
const until = option => new Date(Date.now() + option.holdSeconds * 1000)

// No cap, no reservation row, no key: the seat's row is the hold.
export function bareHolds(pool, locks) {
  const answer = (option, seats, rows) =>
    ({ status: 201, reservation: `${option.id}-${seats.join('-')}`, amount: total(rows), seats, expiresAt: until(option) })
  const conditional = async (option, seats, user) => {
    if (seats.length === 1) {
      const taken = await pool.query(take([option.id, seats, user, option.holdSeconds]))
      return taken.rowCount === 1 ? answer(option, seats, taken.rows) : TAKEN
    }
    return inTransaction(pool, async client => {
      const taken = await client.query(take([option.id, seats, user, option.holdSeconds]))
      return taken.rowCount === seats.length ? answer(option, seats, taken.rows) : TAKEN
    })
  }
  const pessimistic = (option, seats, user) => inTransaction(pool, async client => {
    const rows = (await client.query(lock([option.id, seats]))).rows
    if (rows.length !== seats.length || rows.some(row => !row.free)) return TAKEN
    await client.query(takeLocked([option.id, seats, user, option.holdSeconds]))
    return answer(option, seats, rows)
  })
  const optimistic = async (option, seats, user) => {
    for (let nth = 0; nth < TRIES_MAX; nth++) {
      const rows = (await pool.query(look([option.id, seats]))).rows
      if (rows.length !== seats.length || rows.some(row => !row.free)) return TAKEN
      const taken = await pool.query(takeVersion([option.id, seats[0], user, option.holdSeconds, rows[0].version]))
      if (taken.rowCount === 1) return answer(option, seats, rows)
    }
    return TAKEN
  }
  const redisLock = async (option, seats, user) => {
    const seen = (await pool.query(look([option.id, seats]))).rows
    if (seen.length !== seats.length || seen.some(row => !row.free)) return TAKEN
    return locks.locked(option.id, seats, () => conditional(option, seats, user), () => TAKEN)
  }
  const ways = { conditional, pessimistic, optimistic, 'redis-lock': redisLock }
  return { hold: (way, option, seats, user) => refusing(() => ways[way](option, sorted(seats), user)) }
}

export function checkedHolds(pool, locks) {
  const byFunction = async (option, seats, versions, user, key, print) =>
    heldOf((await pool.query(holdSeats([option.id, seats, versions, user, key, print, option.holdSeconds, option.cap]))).rows[0])
  const conditional = (option, seats, user, key, print) => byFunction(option, seats, null, user, key, print)
  const pessimistic = (option, seats, user, key, print) => inTransaction(pool, async client => {
    const rows = (await client.query(lock([option.id, seats]))).rows
    const earlier = (await client.query(earlierHold([option.id, user, key, print]))).rows[0]
    if (earlier?.outcome) return heldOf(earlier)
    if (rows.length !== seats.length || rows.some(row => !row.free)) return TAKEN
    const amount = total(rows)
    await client.query(takeLocked([option.id, seats, user, option.holdSeconds]))
    const made = await client.query(recordHold([option.id, seats, amount, user, key, print, option.holdSeconds, option.cap]))
    return { status: 201, reservation: made.rows[0].reservation, amount, seats, expiresAt: until(option) }
  })
  const optimistic = async (option, seats, user, key, print) => {
    for (let nth = 0; nth < TRIES_MAX; nth++) {
      const rows = (await pool.query(look([option.id, seats]))).rows
      if (rows.length === seats.length && rows.every(row => row.free)) {
        const answer = await byFunction(option, seats, rows.map(row => row.version), user, key, print)
        if (answer.code !== 'SEAT_TAKEN') return answer
        continue // overtaken: look again
      }
      const earlier = (await pool.query(earlierHold([option.id, user, key, print]))).rows[0]
      return earlier?.outcome ? heldOf(earlier) : TAKEN
    }
    return TAKEN
  }
  const redisLock = async (option, seats, user, key, print) => {
    const rows = (await pool.query(look([option.id, seats]))).rows
    if (rows.length !== seats.length || rows.some(row => !row.free)) {
      const earlier = (await pool.query(earlierHold([option.id, user, key, print]))).rows[0]
      return earlier?.outcome ? heldOf(earlier) : TAKEN
    }
    return locks.locked(option.id, seats, () => byFunction(option, seats, null, user, key, print), () => TAKEN)
  }
  const ways = { conditional, pessimistic, optimistic, 'redis-lock': redisLock }
  return {
    hold: (way, option, seats, user, key, print) => refusing(() => ways[way](option, sorted(seats), user, key, print)),
    best: (option, count, user, key, print) => refusing(async () =>
      heldOf((await pool.query(holdBest([option.id, count, user, key, print, option.holdSeconds, option.cap]))).rows[0]))
  }
}
