const pressable = 'a, button, input, select, summary, label'

/**
 * The second click of a double click is meant for what the first one hit, not for what has come into its place since:
 * whoever double-clicks "Charge" has not said "Pay".
 */
export function guardDoubleClicks(root: Document): void {
  let first: Element | null = null
  root.addEventListener(
    'click',
    (event) => {
      const hit = (event.target as Element | null)?.closest?.(pressable) ?? null
      if (event.detail <= 1) first = hit
      else if (hit !== first) {
        event.preventDefault()
        event.stopImmediatePropagation()
      }
    },
    { capture: true },
  )
}
