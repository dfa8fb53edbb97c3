/** Figures of Prometheus' text format (0.0.4), and what changes between two readings. */

export interface Histogram {
  /** Upper bounds and how many were at or below each, rising. */
  buckets: [number, number][]
}

export interface Reading {
  values: Map<string, number>
  histograms: Map<string, Histogram>
}

const line = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/
const label = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g

function labelsOf(text: string): Map<string, string> {
  return new Map([...text.matchAll(label)].map((each) => [each[1]!, each[2]!.replace(/\\(.)/g, '$1')]))
}

/** Sums of each name over its labels; histograms over all labels but `le` that `keep` lets pass. */
export function read(
  text: string,
  keep: (name: string, labels: Map<string, string>) => boolean = () => true,
): Reading {
  const values = new Map<string, number>()
  const sums = new Map<string, Map<number, number>>()
  for (const row of text.split('\n')) {
    const found = line.exec(row)
    if (!found) continue
    const [, name = '', inside = '', figure = ''] = found
    const labels = labelsOf(inside)
    if (!keep(name, labels)) continue
    const value = Number(figure)
    const bound = labels.get('le')
    if (bound === undefined) {
      values.set(name, (values.get(name) ?? 0) + value)
      continue
    }
    const base = name.replace(/_bucket$/, '')
    const buckets = sums.get(base) ?? sums.set(base, new Map()).get(base)!
    const upper = bound === '+Inf' ? Infinity : Number(bound)
    buckets.set(upper, (buckets.get(upper) ?? 0) + value)
  }
  const histograms = new Map(
    [...sums].map(([name, buckets]) => [name, { buckets: [...buckets].sort((a, b) => a[0] - b[0]) }] as const),
  )
  return { values, histograms }
}

/** What was counted between two readings. A process that began anew counts from 0. */
export function between(before: Histogram | undefined, after: Histogram): Histogram {
  const earlier = new Map(before?.buckets)
  const total = (of: Histogram) => of.buckets[of.buckets.length - 1]?.[1] ?? 0
  if (!before || total(before) > total(after)) return after
  return { buckets: after.buckets.map(([bound, count]) => [bound, count - (earlier.get(bound) ?? 0)]) }
}

/** The value below which a share of all lie, in the histogram's unit; the bucket's part is taken as even. */
export function quantile(of: Histogram, share: number): number | undefined {
  const total = of.buckets[of.buckets.length - 1]?.[1] ?? 0
  if (total <= 0) return undefined
  const wanted = share * total
  let below = 0
  let counted = 0
  for (const [bound, count] of of.buckets) {
    if (count >= wanted) {
      if (bound === Infinity) return below
      return below + (bound - below) * ((wanted - counted) / Math.max(1e-9, count - counted))
    }
    below = bound === Infinity ? below : bound
    counted = count
  }
  return below
}
