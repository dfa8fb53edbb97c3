// The waiting room in Redis: a sorted set of those who wait, one of those who shop, a hash of tokens.
import { randomBytes } from 'node:crypto'

// KEYS: waiting, active, users, tokens, sequence. ARGV: user, fresh token, capacity, most active, until, may enter now
const JOIN = `
local token = redis.call('HGET', KEYS[3], ARGV[1])
local fresh = 0
if not token then
  if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[3]) then return {'FULL'} end
  token = ARGV[2]
  fresh = 1
  redis.call('HSET', KEYS[3], ARGV[1], token)
  redis.call('HSET', KEYS[4], token, ARGV[1])
  if ARGV[6] == '1' and redis.call('ZCARD', KEYS[1]) == 0 and redis.call('ZCARD', KEYS[2]) < tonumber(ARGV[4]) then
    redis.call('ZADD', KEYS[2], ARGV[5], ARGV[1])
    return {token, fresh, -1}
  end
  redis.call('ZADD', KEYS[1], redis.call('INCR', KEYS[5]), ARGV[1])
end
local rank = redis.call('ZRANK', KEYS[1], ARGV[1])
return {token, fresh, rank == false and -1 or rank}
`
// KEYS: waiting, active, tokens. ARGV: token, now. Answers the user, and the rank or -1 (shopping) or -2 (neither).
const POLL = `
local user = redis.call('HGET', KEYS[3], ARGV[1])
if not user then return {} end
local rank = redis.call('ZRANK', KEYS[1], user)
if rank then return {user, rank} end
local till = redis.call('ZSCORE', KEYS[2], user)
if till and tonumber(till) > tonumber(ARGV[2]) then return {user, -1} end
return {user, -2}
`
// KEYS: waiting, active. ARGV: at most, most active, until, now
const ADMIT = `
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', ARGV[4])
local room = math.min(tonumber(ARGV[1]), tonumber(ARGV[2]) - redis.call('ZCARD', KEYS[2]))
if room <= 0 then return 0 end
local first = redis.call('ZPOPMIN', KEYS[1], room)
for nth = 1, #first, 2 do redis.call('ZADD', KEYS[2], ARGV[3], first[nth]) end
return #first / 2
`
const ADMIT_EVERY_MS = 20 // as often as Frontrow at most

export class Queue {
  constructor(redis, policyOf) {
    this.redis = redis
    this.policyOf = policyOf
    this.rooms = new Map() // concert -> promise of its policy, keys and budget
    this.open = [] // those that are there
    redis.defineCommand('joinQueue', { numberOfKeys: 5, lua: JOIN })
    redis.defineCommand('pollQueue', { numberOfKeys: 3, lua: POLL })
    redis.defineCommand('admitQueue', { numberOfKeys: 2, lua: ADMIT })
    setInterval(() => this.admit(), ADMIT_EVERY_MS).unref()
  }

  room(concert) {
    let room = this.rooms.get(concert)
    if (!room) this.rooms.set(concert, room = this.openRoom(concert))
    return room
  }

  async openRoom(concert) {
    const policy = await this.policyOf(concert)
    const keys = ['waiting', 'active', 'users', 'tokens', 'sequence'].map(set => `q:${concert}:${set}`)
    const room = { ...policy, keys, budget: policy.burst, at: Date.now(), admitting: false }
    this.open.push(room)
    return room
  }

  refill(room) {
    const now = Date.now()
    room.budget = Math.min(room.burst, room.budget + (now - room.at) / 1000 * room.ratePerSecond)
    room.at = now
    return now
  }

  async join(concert, user) {
    const room = await this.room(concert)
    const now = this.refill(room)
    const mayEnter = room.budget >= 1
    // The concert is in the token, so that a poll finds its sets.
    const token = `${concert}.${randomBytes(16).toString('hex')}`
    const answer = await this.redis.joinQueue(...room.keys, user, token, room.capacity, room.maxActive,
      now + room.activeSeconds * 1000, mayEnter ? 1 : 0)
    if (answer[0] === 'FULL') return null
    if (answer[1] === 1 && answer[2] === -1) room.budget -= 1
    return { token: answer[0], fresh: answer[1] === 1, rank: answer[2] }
  }

  async poll(token) {
    const dot = token.indexOf('.')
    const concert = Number(token.slice(0, dot))
    if (!(concert > 0)) return null
    const [waiting, active, , tokens] = (await this.room(concert)).keys
    const [user, rank] = await this.redis.pollQueue(waiting, active, tokens, token, Date.now())
    return user === undefined ? null : { concert, user: Number(user), rank }
  }

  async leave(concert, user) {
    const [waiting, active, users] = (await this.room(concert)).keys
    await Promise.all([this.redis.zrem(waiting, user), this.redis.zrem(active, user), this.redis.hdel(users, user)])
  }

  admit() {
    for (const room of this.open) {
      const now = this.refill(room)
      const most = Math.floor(room.budget)
      if (most < 1 || room.admitting) continue
      room.admitting = true
      const [waiting, active] = room.keys
      this.redis.admitQueue(waiting, active, most, room.maxActive, now + room.activeSeconds * 1000, now)
        .then(count => { room.budget -= count }, () => {})
        .finally(() => { room.admitting = false })
    }
  }
}

// Without tokens, checks or admission: one sorted set, two commands in one round trip.
export class BareQueue {
  constructor(redis) {
    this.redis = redis
    this.sequence = 0
  }

  async join(concert, user) {
    const key = `q:${concert}`
    const [fresh, rank] = await Promise.all([this.redis.zadd(key, 'NX', ++this.sequence, user), this.redis.zrank(key, user)])
    return { token: `${concert}.${user}`, fresh: fresh === 1, rank }
  }

  async poll(token) {
    const [concert, user] = token.split('.')
    const rank = await this.redis.zrank(`q:${concert}`, user)
    return rank === null ? null : { concert: Number(concert), user: Number(user), rank }
  }
}
