import { useState } from 'preact/hooks'
import { newKey, type Schema } from '../../shared/api'
import { useAction, useLoaded } from '../../shared/hooks'
import { go } from '../../shared/route'
import { figure, time, Title, Trouble } from '../parts/basics'
import { actorPath } from '../routes'
import { operate, type Actor, type Node } from '../session'
import { sights } from '../watch'

const kinds = { '': 'any kind', seat_map: 'seat map', account: 'account', queue: 'queue' }

interface Search {
  kind: string
  id: string
  node: string
  shard: string
}

/** The actors in memory that fit, page by page. */
function useActors({ kind, node, shard }: Search) {
  const [actors, setActors] = useState<Actor[]>([])
  const [next, setNext] = useState<string | null>(null)
  const read = async (after: string | null, before: Actor[], signal?: AbortSignal) => {
    const asked = new URLSearchParams({ limit: '100' })
    for (const [name, value] of Object.entries({ kind, node, shard, after })) if (value) asked.set(name, value)
    const page = await operate<Schema['ActorPage']>(`/admin/v1/actors?${asked}`)
    if (signal?.aborted) return // something else is searched for by now
    setActors([...before, ...page.actors])
    setNext(page.next === null || page.next === undefined ? null : String(page.next))
  }
  const loaded = useLoaded(`${kind} ${node} ${shard}`, (signal) => read(null, [], signal))
  const more = useAction(() => read(next, actors), newKey)
  return { actors, again: loaded.again, error: loaded.error ?? more.error, more: next ? more.run : undefined }
}

function SearchForm(props: { search: Search; nodes: Node[]; onChange: (to: Search) => void; onLook: () => void }) {
  const { search, onChange } = props
  const field = (name: keyof Search) => ({
    value: search[name],
    onInput: (event: { currentTarget: { value: string } }) =>
      onChange({ ...search, [name]: event.currentTarget.value }),
  })
  return (
    <form
      class="card search"
      onSubmit={(event) => {
        event.preventDefault()
        props.onLook()
      }}
    >
      <label>
        Kind
        <select {...field('kind')}>
          {Object.entries(kinds).map(([value, text]) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </select>
      </label>
      <label>
        Id
        <input inputMode="numeric" pattern="[0-9]*" {...field('id')} />
      </label>
      <label>
        Node
        <select {...field('node')}>
          <option value="">any node</option>
          {props.nodes.map((each) => (
            <option key={each.id} value={each.id}>
              {each.name}
            </option>
          ))}
        </select>
      </label>
      <label>
        Shard
        <input inputMode="numeric" pattern="[0-9]*" {...field('shard')} />
      </label>
      <button class="button">{search.kind && search.id ? 'Go to it' : 'Look again'}</button>
    </form>
  )
}

const columns = [
  'Actor',
  'Node',
  'Shard',
  'Mailbox',
  'Version',
  'Durable',
  'Commands',
  'Refusals',
  'Last command',
  'Memory',
]

function ActorRow({ actor, node }: { actor: Actor; node: string }) {
  return (
    <tr>
      <th scope="row">
        <a href={actorPath(actor.kind, actor.id)}>
          {kinds[actor.kind]} {actor.id}
        </a>
      </th>
      <td>{node}</td>
      <td class="amount">{actor.shard}</td>
      <td class="amount">{figure(actor.mailboxLength)}</td>
      <td class="amount">{figure(actor.version)}</td>
      <td class="amount">{figure(actor.durableVersion)}</td>
      <td class="amount">{figure(actor.commands)}</td>
      <td class="amount">{figure(actor.refusals)}</td>
      <td>{actor.lastCommandAt ? time(actor.lastCommandAt) : '–'}</td>
      <td class="amount">{figure(actor.memoryBytes / 1_024, 1)} KB</td>
    </tr>
  )
}

export function ActorsPage() {
  const [search, setSearch] = useState<Search>({ kind: '', id: '', node: '', shard: '' })
  const { actors, again, error, more } = useActors(search)
  const { kind, id } = search
  const nodes = sights.value[sights.value.length - 1]?.cluster.nodes ?? []
  const nameOf = (incarnation: string) =>
    nodes.find((each) => each.id === incarnation)?.name ?? incarnation.slice(0, 8)
  return (
    <>
      <Title>Actors</Title>
      <SearchForm
        search={search}
        nodes={nodes}
        onChange={setSearch}
        onLook={() => (kind && id ? go(actorPath(kind, Number(id))) : again())}
      />
      <Trouble error={error} />
      <section class="card wide">
        <p class="quiet">Those in memory. With a kind and an id, also one that sleeps.</p>
        <table>
          <thead>
            <tr>
              {columns.map((each, at) => (
                <th key={each} scope="col" class={at > 1 && each !== 'Last command' ? 'amount' : ''}>
                  {each}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {actors
              .filter((each) => !id || String(each.id) === id)
              .map((each) => (
                <ActorRow key={`${each.kind} ${each.id}`} actor={each} node={nameOf(each.node)} />
              ))}
          </tbody>
        </table>
        {more && (
          <button type="button" class="button quiet" onClick={() => void more()}>
            More
          </button>
        )}
      </section>
    </>
  )
}
