import { useState } from 'preact/hooks'
import { newKey, type Schema } from '../../shared/api'
import { useAction } from '../../shared/hooks'
import { Trouble } from './basics'
import { operate } from '../session'

interface Section {
  name: string
  tier: string
  price: string
  rows: string
  seatsPerRow: string
}
const columns: [keyof Section, string][] = [
  ['name', 'Section'],
  ['tier', 'Tier'],
  ['price', 'Price in won'],
  ['rows', 'Rows'],
  ['seatsPerRow', 'Seats in a row'],
]
const usual: Section[] = [
  { name: 'VIP', tier: 'VIP', price: '150000', rows: '10', seatsPerRow: '20' },
  { name: 'R', tier: 'R', price: '110000', rows: '15', seatsPerRow: '24' },
  { name: 'S', tier: 'S', price: '77000', rows: '20', seatsPerRow: '30' },
]

/** A date with its sections. */
export function OptionForm({ concert, onMade }: { concert: number; onMade: () => void }) {
  const [title, setTitle] = useState('First night')
  const [starts, setStarts] = useState(new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 11) + '19:30')
  const [sections, setSections] = useState(usual)
  const change = (at: number, name: keyof Section, value: string) => setSections(sections.map((each, index) => (index === at ? { ...each, [name]: value } : each)))
  const create = useAction(async (idempotencyKey) => {
    await operate<Schema['OptionCreated']>(`/admin/v1/concerts/${concert}/options`, {
      method: 'POST',
      idempotencyKey,
      body: {
        title,
        startsAt: new Date(starts).toISOString(),
        sections: sections.map(({ name, tier, price, rows, seatsPerRow }) => ({ name, tier, price: Number(price), rows: Number(rows), seatsPerRow: Number(seatsPerRow) })),
      },
    })
    onMade()
  }, newKey)
  const seats = sections.reduce((sum, each) => sum + (Number(each.rows) * Number(each.seatsPerRow) || 0), 0)
  return (
    <form
      class="card"
      onSubmit={(event) => {
        event.preventDefault()
        void create.run()
      }}
    >
      <h2>New date</h2>
      <div class="fields">
        <label>
          Name of the date
          <input required maxLength={200} value={title} onInput={(event) => setTitle(event.currentTarget.value)} />
        </label>
        <label>
          Begins, by this machine’s clock
          <input type="datetime-local" required value={starts} onInput={(event) => setStarts(event.currentTarget.value)} />
        </label>
      </div>
      <table class="sections">
        <thead>
          <tr>
            {columns.map(([name, text]) => (
              <th key={name} scope="col">
                {text}
              </th>
            ))}
            <th scope="col">
              <span class="unseen">Remove</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {sections.map((section, at) => (
            <tr key={at}>
              {columns.map(([name, text]) => (
                <td key={name}>
                  <input
                    required
                    aria-label={`${text}, ${at + 1}`}
                    {...(name === 'name' || name === 'tier' ? { maxLength: 64 } : { inputMode: 'numeric' as const, pattern: '[1-9][0-9]{0,11}' })}
                    value={section[name]}
                    onInput={(event) => change(at, name, event.currentTarget.value)}
                  />
                </td>
              ))}
              <td>
                <button type="button" class="remove" aria-label={`Remove section ${at + 1}`} onClick={() => setSections(sections.filter((_, index) => index !== at))}>
                  ×
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <Trouble error={create.error} />
      <div class="actions">
        <button type="button" class="button quiet" onClick={() => setSections([...sections, { name: '', tier: '', price: '', rows: '', seatsPerRow: '' }])}>
          Another section
        </button>
        <button class="button" aria-disabled={create.busy}>
          Open the date: {seats.toLocaleString('en-GB')} seats
        </button>
      </div>
    </form>
  )
}
