// Access tokens: HS256 by hand, as every library does it, and remembered, as Frontrow may.
import { createHmac, timingSafeEqual } from 'node:crypto'

const REMEMBERED_MAX = 200_000

export class Login {
  constructor(secret) {
    this.secret = secret
    this.known = new Map()
  }

  // The user's number, or 0.
  user(header) {
    if (!header || !header.startsWith('Bearer ')) return 0
    const token = header.slice(7)
    let found = this.known.get(token)
    if (!found) {
      found = this.verify(token)
      if (!found) return 0
      if (this.known.size >= REMEMBERED_MAX) this.known.clear()
      this.known.set(token, found)
    }
    return found.until > Date.now() ? found.user : 0
  }

  verify(token) {
    const [header, payload, mac] = token.split('.')
    if (!mac) return null
    const expected = createHmac('sha256', this.secret).update(`${header}.${payload}`).digest()
    const given = Buffer.from(mac, 'base64url')
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return null
    if (JSON.parse(Buffer.from(header, 'base64url')).alg !== 'HS256') return null
    const claims = JSON.parse(Buffer.from(payload, 'base64url'))
    const user = Number(claims.sub)
    return user > 0 && claims.exp ? { user, until: claims.exp * 1000 } : null
  }
}
