// The list of an option's seats. Read from the database at most ten times a second, however many ask: a list that is
// a tenth of a second old is good enough for a picture of the hall. Answers to the same question share one read.
import { createHash } from 'node:crypto'

const FRESH_MS = 100
const STATUS = ['AVAILABLE', 'HELD', 'SOLD']
const read = option => ({
  name: 'seat-list',
  text: 'select seat_id, row_number, seat_number, price, status from seat where option_id = $1 order by seat_id',
  values: [option],
  rowMode: 'array'
})

export class SeatList {
  constructor(pool) {
    this.pool = pool
    this.lists = new Map()
  }

  async of(option) {
    let list = this.lists.get(option)
    if (!list) this.lists.set(option, list = { at: 0, version: 0, digest: '', reading: null })
    if (Date.now() - list.at < FRESH_MS) return list
    list.reading ??= this.renew(option, list).finally(() => { list.reading = null })
    await list.reading
    return list
  }

  async renew(option, list) {
    const at = Date.now()
    const rows = (await this.pool.query(read(option))).rows
    const seats = rows.map(([id, row, number, price, status]) =>
      `{"seatId":${id},"seatNumber":"A-${row}-${number}","section":"A","row":${row},"tier":"R","price":${price},"status":"${STATUS[status]}"}`).join(',')
    const digest = createHash('sha1').update(seats).digest('base64url')
    if (digest !== list.digest) {
      list.digest = digest
      list.version++
      list.etag = `"${option}-${digest}"`
      list.body = `{"optionId":${option},"version":${list.version},"seats":[${seats}]}`
    }
    list.at = at
  }
}
