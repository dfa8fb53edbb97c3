import type { Schema } from '../api'
import type { SeatStatus } from './layout'

/** A change as the stream of an option's seats tells it. */
export interface SeatDelta {
  version: number
  changed: { seatId: number; status: SeatStatus }[]
}
export type SeatNews = Schema['SeatMap'] | SeatDelta

export interface SeatChange {
  index: number
  status: SeatStatus
}

/** The statuses of an option's seats as last told, and what news change about them. Seat ids run from 1. */
export class SeatStatuses {
  constructor(
    readonly list: SeatStatus[],
    public version = 0,
  ) {}

  /** What is different now. News older than what is known changes nothing. */
  take(news: SeatNews): SeatChange[] {
    if (news.version < this.version) return []
    this.version = news.version
    const told = 'seats' in news ? news.seats : news.changed
    const changes: SeatChange[] = []
    for (const { seatId, status } of told) {
      const index = seatId - 1
      if (index < 0 || index >= this.list.length || this.list[index] === status) continue
      this.list[index] = status
      changes.push({ index, status })
    }
    return changes
  }
}
