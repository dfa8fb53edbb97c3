import { useState } from 'preact/hooks'
import { newKey, type Schema } from '../../shared/api'
import { useAction, useLoaded } from '../../shared/hooks'
import { go } from '../../shared/route'
import { figure, Title, Trouble } from '../parts/basics'
import { concertsNow, operate } from '../session'
import { OptionForm } from '../parts/option_form'

const standard = {
  ratePerSecond: 100,
  burst: 100,
  maxActive: 6_000,
  capacity: 110_000,
  activeSeconds: 300,
  abandonSeconds: 120,
}
type Field = keyof typeof standard
export const fieldNames: Record<Field, string> = {
  ratePerSecond: 'Let in a second',
  burst: 'At once after a calm',
  maxActive: 'Shopping at once',
  capacity: 'Places in line',
  activeSeconds: 'Seconds to shop',
  abandonSeconds: 'Seconds of silence until a place is lost',
}

function NewConcert({ onMade }: { onMade: (concert: number) => void }) {
  const [title, setTitle] = useState('')
  const [queue, setQueue] = useState<Record<Field, string>>(
    Object.fromEntries(Object.entries(standard).map(([name, value]) => [name, String(value)])) as Record<
      Field,
      string
    >,
  )
  const [guard, setGuard] = useState(false)
  const create = useAction(async (idempotencyKey) => {
    const policy = Object.fromEntries(Object.entries(queue).map(([name, value]) => [name, Number(value)]))
    const made = await operate<Schema['ConcertCreated']>('/admin/v1/concerts', {
      method: 'POST',
      idempotencyKey,
      body: { title, queue: { ...policy, guardSeatMap: guard } },
    })
    onMade(made.concertId)
  }, newKey)
  return (
    <form
      class="card"
      onSubmit={(event) => {
        event.preventDefault()
        void create.run()
      }}
    >
      <h2>New concert</h2>
      <label>
        Title
        <input required maxLength={200} value={title} onInput={(event) => setTitle(event.currentTarget.value)} />
      </label>
      <div class="fields">
        {(Object.keys(standard) as Field[]).map((name) => (
          <label key={name}>
            {fieldNames[name]}
            <input
              required
              inputMode="numeric"
              pattern="[0-9]{1,8}"
              value={queue[name]}
              onInput={(event) => setQueue({ ...queue, [name]: event.currentTarget.value })}
            />
          </label>
        ))}
      </div>
      <label class="check">
        <input type="checkbox" checked={guard} onChange={(event) => setGuard(event.currentTarget.checked)} />
        Show the seats only to those who were let in
      </label>
      <Trouble error={create.error} />
      <div class="actions">
        <button class="button" aria-disabled={create.busy}>
          Create
        </button>
      </div>
    </form>
  )
}

export function ConcertsPage() {
  const concerts = useLoaded('concerts', concertsNow)
  const [made, setMade] = useState<number>()
  return (
    <>
      <Title>Concerts</Title>
      <Trouble error={concerts.error} />
      <section class="card wide">
        <table>
          <thead>
            <tr>
              <th scope="col">Concert</th>
              <th scope="col">Line</th>
              <th scope="col" class="amount">
                Waiting
              </th>
              <th scope="col" class="amount">
                Shopping
              </th>
              <th scope="col" class="amount">
                Let in
              </th>
              <th scope="col" class="amount">
                Seats sold
              </th>
            </tr>
          </thead>
          <tbody>
            {concerts.value?.map((each) => {
              const seats = each.options.reduce((sum, one) => sum + one.seatsTotal, 0)
              const sold = each.options.reduce((sum, one) => sum + (one.seatsSold ?? 0), 0)
              return (
                <tr key={each.concertId}>
                  <th scope="row">
                    <a href={`/concerts/${each.concertId}`}>{each.title}</a>
                  </th>
                  <td>
                    <span class={`badge ${each.queue?.paused ? 'warn' : 'good'}`}>
                      {each.queue ? (each.queue.paused ? 'paused' : 'open') : 'silent'}
                    </span>
                  </td>
                  <td class="amount">{figure(each.queue?.waiting ?? 0)}</td>
                  <td class="amount">{figure(each.queue?.active ?? 0)}</td>
                  <td class="amount">{figure(each.queue?.admittedTotal ?? 0)}</td>
                  <td class="amount">
                    {figure(sold)} of {figure(seats)}
                  </td>
                </tr>
              )
            })}
          </tbody>
        </table>
      </section>
      {made ? <OptionForm concert={made} onMade={() => go(`/concerts/${made}`)} /> : <NewConcert onMade={setMade} />}
    </>
  )
}
