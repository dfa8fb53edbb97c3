import { useState } from 'preact/hooks'
import { newKey, type Schema } from '../../shared/api'
import { useAction } from '../../shared/hooks'
import { summary } from '../move_plan'
import { Alarms } from './overview'
import { Title, Trouble } from '../parts/basics'
import { ShardPicture } from '../parts/shard_picture'
import { operate, type Cluster, type Node } from '../session'
import { sights } from '../watch'

type Plan = Schema['MovePlan']
type Wanted = { drain: string | undefined; plan: Plan }

function Preview({ wanted, cluster, onDone }: { wanted: Wanted; cluster: Cluster; onDone: () => void }) {
  const node = cluster.nodes.find((each) => each.id === wanted.drain)
  const act = useAction(async () => {
    await operate(wanted.drain ? `/admin/v1/nodes/${wanted.drain}/drain` : '/admin/v1/rebalance', {
      method: 'POST',
      idempotencyKey: newKey(),
    })
    onDone()
  }, newKey)
  const moves = wanted.plan.moves
  return (
    <section class="card preview" aria-live="polite">
      <h2>
        {node ? `Draining ${node.name}` : 'Rebalancing'} would move {moves.length} shards
      </h2>
      {moves.length > 0 ? (
        <>
          <ul>
            {summary(wanted.plan, cluster).map((each) => (
              <li key={each}>{each}</li>
            ))}
          </ul>
          <details>
            <summary>Shard by shard</summary>
            <p class="numbers">{moves.map((each) => each.shard).join(' ')}</p>
          </details>
        </>
      ) : (
        <p>{node ? 'There is nowhere to move them, or nothing to move.' : 'They are even already.'}</p>
      )}
      <p class="quiet">Eight move at a time. Buyers see a pause of some milliseconds, no error.</p>
      <Trouble error={act.error} />
      <div class="actions">
        <button type="button" class="button quiet" onClick={onDone}>
          Leave it
        </button>
        {(moves.length > 0 || node) && (
          <button type="button" class="button" aria-disabled={act.busy} onClick={() => void act.run()}>
            {node ? `Drain ${node.name}` : 'Rebalance'}
          </button>
        )}
      </div>
    </section>
  )
}

const columns = ['Node', 'State', 'Roles', 'Lease', 'Weight', 'Shards', 'Address', 'What to do']

function NodeRow({ node, onDrain }: { node: Node; onDrain: () => void }) {
  return (
    <tr>
      <th scope="row">
        {node.name}
        {node.leader ? ' ★' : ''}
      </th>
      <td>
        <span class={`badge ${node.state === 'LIVING' ? 'good' : 'warn'}`}>{node.state.toLowerCase()}</span>
      </td>
      <td>{node.roles.join(', ')}</td>
      <td>{node.lease.toLowerCase()}</td>
      <td class="amount">{node.weight}</td>
      <td class="amount">{node.shards}</td>
      <td>{node.address}</td>
      <td>
        {node.roles.includes('shards') && node.state === 'LIVING' ? (
          <button type="button" class="button quiet" aria-label={`Drain ${node.name}…`} onClick={onDrain}>
            Drain…
          </button>
        ) : (
          '–'
        )}
      </td>
    </tr>
  )
}

export function NodesPage() {
  const now = sights.value[sights.value.length - 1]
  const [wanted, setWanted] = useState<Wanted>()
  const preview = useAction(async (_key, drain: string | undefined) => {
    const plan = await operate<Plan>(`/admin/v1/rebalance${drain ? `?drain=${encodeURIComponent(drain)}` : ''}`)
    setWanted({ drain, plan })
  }, newKey)
  if (!now) return <p role="status">Looking…</p>
  return (
    <>
      <Title>Nodes</Title>
      <Alarms />
      <section class="card">
        <ShardPicture cluster={now.cluster} shards={now.shards} />
      </section>
      <section class="card wide">
        <table>
          <thead>
            <tr>
              {columns.map((each) => (
                <th key={each} scope="col" class={each === 'Weight' || each === 'Shards' ? 'amount' : ''}>
                  {each}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {now.cluster.nodes.map((each) => (
              <NodeRow key={each.id} node={each} onDrain={() => void preview.run(each.id)} />
            ))}
          </tbody>
        </table>
        <div class="actions">
          <button type="button" class="button quiet" onClick={() => void preview.run(undefined)}>
            Rebalance…
          </button>
        </div>
        <Trouble error={preview.error} />
      </section>
      {wanted && (
        <Preview key={wanted.drain} wanted={wanted} cluster={now.cluster} onDone={() => setWanted(undefined)} />
      )}
    </>
  )
}
