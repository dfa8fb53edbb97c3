import type { Schema } from '../shared/api'

/** "node-1 gives 43 to node-2, 42 to node-3". */
export function summary(plan: Schema['MovePlan'], cluster: Pick<Schema['Cluster'], 'nodes'>): string[] {
  const name = (id: string) => cluster.nodes.find((each) => each.id === id)?.name ?? 'nobody'
  const counts = new Map<string, Map<string, number>>()
  for (const { from, to } of plan.moves) {
    const targets = counts.get(from) ?? counts.set(from, new Map()).get(from)!
    targets.set(to, (targets.get(to) ?? 0) + 1)
  }
  return [...counts].map(
    ([from, targets]) =>
      `${name(from)} gives ${[...targets].map(([to, count]) => `${count} to ${name(to)}`).join(', ')}`,
  )
}
