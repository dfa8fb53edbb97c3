import { useEffect, useState } from 'preact/hooks'
import { askAs } from '../session'

export interface Pages<Item> {
  items: Item[] | undefined
  more: (() => void) | undefined
  error: unknown
  again: () => void
}

/** A list that comes in pages: the first at once, each next when asked for. */
export function usePages<Item>(path: string, name: string): Pages<Item> {
  const [items, setItems] = useState<Item[]>()
  const [next, setNext] = useState<string | null>(null)
  const [error, setError] = useState<unknown>()
  const load = (after: string | null, before: Item[]) =>
    askAs<Record<string, unknown>>(`${path}?limit=50${after === null ? '' : `&after=${encodeURIComponent(after)}`}`)
      .then(({ body }) => {
        setItems([...before, ...(body[name] as Item[])])
        setNext(body['next'] === null || body['next'] === undefined ? null : String(body['next']))
        setError(undefined)
      })
      .catch(setError)
  const again = () => void load(null, [])
  useEffect(again, [path])
  return { items, error, again, more: next === null ? undefined : () => void load(next, items ?? []) }
}
