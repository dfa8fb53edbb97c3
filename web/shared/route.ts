import { signal } from '@preact/signals'

/** The address, without the host. */
export const address = signal(location.pathname + location.search)

addEventListener('popstate', () => (address.value = location.pathname + location.search))

export function go(to: string, how: 'push' | 'replace' = 'push'): void {
  if (how === 'push') history.pushState(null, '', to)
  else history.replaceState(null, '', to)
  address.value = to
  scrollTo(0, 0)
}

/** A path against patterns like '/concerts/:concertId'; the first that fits. */
export function match<Name extends string>(
  path: string,
  patterns: Record<Name, string>,
): { name: Name; values: Record<string, string> } | null {
  const parts = path.split('/').filter(Boolean)
  for (const [name, pattern] of Object.entries(patterns) as [Name, string][]) {
    const wanted = pattern.split('/').filter(Boolean)
    if (wanted.length !== parts.length) continue
    const values: Record<string, string> = {}
    const fits = wanted.every((each, at) => {
      if (!each.startsWith(':')) return each === parts[at]
      values[each.slice(1)] = decodeURIComponent(parts[at]!)
      return true
    })
    if (fits) return { name, values }
  }
  return null
}

/** Turns clicks on links within the page into moves without a load; those with a modifier stay the browser's. */
export function followLinks(root: Document): void {
  root.addEventListener('click', (event) => {
    if (
      event.defaultPrevented ||
      event.button !== 0 ||
      event.metaKey ||
      event.ctrlKey ||
      event.shiftKey ||
      event.altKey
    )
      return
    const link = (event.target as Element | null)?.closest?.('a[href]') as HTMLAnchorElement | null
    if (!link || link.target || link.hasAttribute('download') || link.origin !== location.origin) return
    if (link.hash && link.pathname === location.pathname) return
    event.preventDefault()
    go(link.pathname + link.search)
  })
}
