import type { Seat } from '../../shared/hall/layout'
import { t } from '../texts'

/** "A-3-12": the part behind the last dash is the number within the row. */
export const seatName = (seat: Seat) =>
  t('seatName', {
    section: seat.section,
    row: seat.row,
    seat: seat.seatNumber.slice(seat.seatNumber.lastIndexOf('-') + 1),
  })

/** The same from a seat number alone, as tickets have it. */
export function seatNameOf(seatNumber: string): string {
  const [, section, row, seat] = /^(.*)-(\d+)-(\d+)$/.exec(seatNumber) ?? [undefined, seatNumber, '', '']
  return row ? t('seatName', { section: section!, row: Number(row), seat: Number(seat) }) : seatNumber
}
