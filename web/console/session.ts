import { signal } from '@preact/signals'
import { ask, Refused, type Asking, type Schema } from '../shared/api'

/** The operators' token: asked once, kept for this tab's life only. */
const kept = 'frontrow.operator'

export const token = signal<string | null>(sessionStorage.getItem(kept))
export const refused = signal(false)

export function keepToken(text: string | null): void {
  if (text) sessionStorage.setItem(kept, text)
  else sessionStorage.removeItem(kept)
  token.value = text
}

/** Asks in the operator's name; the body of the answer. */
export async function operate<Body>(path: string, asking: Asking = {}): Promise<Body> {
  try {
    return (await ask<Body>(path, { patienceMs: 4_000, ...asking, token: token.value ?? undefined })).body
  } catch (error) {
    if (error instanceof Refused && error.status === 401) {
      refused.value = true
      keepToken(null)
    }
    throw error
  }
}

export type Cluster = Schema['Cluster']
export type Node = Schema['Node']
export type Shard = Schema['Shard']
export type Concert = Schema['ConcertNow']
export type Option = Schema['OptionNow']
export type Actor = Schema['Actor']
export type Event = Schema['Event']
export type Kind = Schema['ActorKind']

/** All concerts, page by page. */
export async function concertsNow(signal?: AbortSignal): Promise<Concert[]> {
  const concerts: Concert[] = []
  for (let after = ''; ;) {
    const page = await operate<Schema['ConcertNowPage']>(
      `/admin/v1/concerts?limit=100${after}`,
      signal ? { signal } : {},
    )
    concerts.push(...page.concerts)
    if (page.next === null || page.next === undefined) return concerts
    after = `&after=${encodeURIComponent(String(page.next))}`
  }
}
