import { useState } from 'preact/hooks'
import { newKey, type Schema } from '../../shared/api'
import { useAction, useLoaded } from '../../shared/hooks'
import { go } from '../../shared/route'
import { figure, time, Title, Trouble } from '../parts/basics'
import { actorPath } from '../routes'
import { operate, type Actor } from '../session'
import { sights } from '../watch'

const kinds = { '': 'any kind', seat_map: 'seat map', account: 'account', queue: 'queue' }

export function ActorsPage() {
  const [kind, setKind] = useState('')
  const [id, setId] = useState('')
  const [node, setNode] = useState('')
  const [shard, setShard] = useState('')
  const [actors, setActors] = useState<Actor[]>([])
  const [next, setNext] = useState<string | null>(null)
  const nodes = sights.value[sights.value.length - 1]?.cluster.nodes ?? []
  const query = (after: string | null) => {
    const asked = new URLSearchParams({ limit: '100' })
    if (kind) asked.set('kind', kind)
    if (node) asked.set('node', node)
    if (shard) asked.set('shard', shard)
    if (after) asked.set('after', after)
    return operate<Schema['ActorPage']>(`/admin/v1/actors?${asked}`)
  }
  const loaded = useLoaded(`${kind} ${node} ${shard}`, async () => {
    const page = await query(null)
    setActors(page.actors)
    setNext(page.next === null || page.next === undefined ? null : String(page.next))
    return page
  })
  const more = useAction(async () => {
    const page = await query(next)
    setActors([...actors, ...page.actors])
    setNext(page.next === null || page.next === undefined ? null : String(page.next))
  }, newKey)
  const name = (incarnation: string) => nodes.find((each) => each.id === incarnation)?.name ?? incarnation.slice(0, 8)
  const shown = actors.filter((each) => !id || String(each.id) === id)
  return (
    <>
      <Title>Actors</Title>
      <form
        class="card search"
        onSubmit={(event) => {
          event.preventDefault()
          if (kind && id) go(actorPath(kind, Number(id)))
          else loaded.again()
        }}
      >
        <label>
          Kind
          <select value={kind} onChange={(event) => setKind(event.currentTarget.value)}>
            {Object.entries(kinds).map(([value, text]) => (
              <option key={value} value={value}>
                {text}
              </option>
            ))}
          </select>
        </label>
        <label>
          Id
          <input inputMode="numeric" pattern="[0-9]*" value={id} onInput={(event) => setId(event.currentTarget.value)} />
        </label>
        <label>
          Node
          <select value={node} onChange={(event) => setNode(event.currentTarget.value)}>
            <option value="">any node</option>
            {nodes.map((each) => (
              <option key={each.id} value={each.id}>
                {each.name}
              </option>
            ))}
          </select>
        </label>
        <label>
          Shard
          <input inputMode="numeric" pattern="[0-9]*" value={shard} onInput={(event) => setShard(event.currentTarget.value)} />
        </label>
        <button class="button">{kind && id ? 'Go to it' : 'Look again'}</button>
      </form>
      <Trouble error={loaded.error ?? more.error} />
      <section class="card wide">
        <p class="quiet">Those in memory. With a kind and an id, also one that sleeps.</p>
        <table>
          <thead>
            <tr>
              {['Actor', 'Node', 'Shard', 'Mailbox', 'Version', 'Durable', 'Commands', 'Refusals', 'Last command', 'Memory'].map((each, at) => (
                <th key={each} scope="col" class={at > 1 && at !== 8 ? 'amount' : ''}>
                  {each}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((each) => (
              <tr key={`${each.kind} ${each.id}`}>
                <th scope="row">
                  <a href={actorPath(each.kind, each.id)}>
                    {kinds[each.kind]} {each.id}
                  </a>
                </th>
                <td>{name(each.node)}</td>
                <td class="amount">{each.shard}</td>
                <td class="amount">{figure(each.mailboxLength)}</td>
                <td class="amount">{figure(each.version)}</td>
                <td class="amount">{figure(each.durableVersion)}</td>
                <td class="amount">{figure(each.commands)}</td>
                <td class="amount">{figure(each.refusals)}</td>
                <td>{each.lastCommandAt ? time(each.lastCommandAt) : '–'}</td>
                <td class="amount">{figure(each.memoryBytes / 1_024, 1)} KB</td>
              </tr>
            ))}
          </tbody>
        </table>
        {next && (
          <button type="button" class="button quiet" onClick={() => void more.run()}>
            More
          </button>
        )}
      </section>
    </>
  )
}
