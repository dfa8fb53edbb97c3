import { ask, type Schema } from '../shared/api'

export type Concert = Schema['ConcertSummary']
export type Dated = Schema['OptionSummary']

/** All concerts, page by page. */
export async function allConcerts(signal?: AbortSignal): Promise<Concert[]> {
  const concerts: Concert[] = []
  let after = ''
  for (;;) {
    const { body } = await ask<Schema['ConcertPage']>(`/api/v1/concerts?limit=100${after}`, signal ? { signal } : {})
    concerts.push(...body.concerts)
    if (body.next === null || body.next === undefined) return concerts
    after = `&after=${encodeURIComponent(String(body.next))}`
  }
}

export interface Found {
  concert: Concert
  option: Dated
}

const known = new Map<number, Found>()

/** The concert and date of an option; what was found once is not asked again. */
export async function findOptions(options: number[], signal?: AbortSignal): Promise<Map<number, Found>> {
  if (options.some((each) => !known.has(each)))
    for (const concert of await allConcerts(signal))
      for (const option of concert.dates) known.set(option.optionId, { concert, option })
  return known
}
