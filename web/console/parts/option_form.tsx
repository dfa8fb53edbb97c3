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

const empty: Section = { name: '', tier: '', price: '', rows: '', seatsPerRow: '' }

const isText = (name: keyof Section) => name === 'name' || name === 'tier'

function SectionRow(props: { section: Section; at: number; onChange: (to: Section) => void; onRemove: () => void }) {
  const { section, at } = props
  return (
    <tr>
      {columns.map(([name, text]) => (
        <td key={name}>
          <input
            required
            aria-label={`${text}, ${at + 1}`}
            {...(isText(name) ? { maxLength: 64 } : { inputMode: 'numeric' as const, pattern: '[1-9][0-9]{0,11}' })}
            value={section[name]}
            onInput={(event) => props.onChange({ ...section, [name]: event.currentTarget.value })}
          />
        </td>
      ))}
      <td>
        <button type="button" class="remove" aria-label={`Remove section ${at + 1}`} onClick={props.onRemove}>
          ×
        </button>
      </td>
    </tr>
  )
}

function Sections({ sections, onChange }: { sections: Section[]; onChange: (to: Section[]) => void }) {
  return (
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
          <SectionRow
            key={at}
            section={section}
            at={at}
            onChange={(to) => onChange(sections.map((each, index) => (index === at ? to : each)))}
            onRemove={() => onChange(sections.filter((_, index) => index !== at))}
          />
        ))}
      </tbody>
    </table>
  )
}

/** What the contract has for them if nothing is said. */
const standard = { holdSeconds: '300', maxSeatsPerUser: '4' }
const inAMonth = () => new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 11) + '19:30'

const bodyOf = (title: string, starts: string, terms: typeof standard, sections: Section[]) => ({
  title,
  startsAt: new Date(starts).toISOString(),
  holdSeconds: Number(terms.holdSeconds),
  maxSeatsPerUser: Number(terms.maxSeatsPerUser),
  sections: sections.map(({ name, tier, price, rows, seatsPerRow }) => ({
    name,
    tier,
    price: Number(price),
    rows: Number(rows),
    seatsPerRow: Number(seatsPerRow),
  })),
})

function Terms({ terms, onChange }: { terms: typeof standard; onChange: (to: typeof standard) => void }) {
  const field = (name: keyof typeof standard) => ({
    required: true,
    inputMode: 'numeric' as const,
    pattern: '[1-9][0-9]{0,5}',
    value: terms[name],
    onInput: (event: { currentTarget: { value: string } }) =>
      onChange({ ...terms, [name]: event.currentTarget.value }),
  })
  return (
    <>
      <label>
        Seconds that a hold lasts
        <input {...field('holdSeconds')} />
      </label>
      <label>
        Seats for one person
        <input {...field('maxSeatsPerUser')} />
      </label>
    </>
  )
}

/** A date with its sections. */
export function OptionForm({ concert, onMade }: { concert: number; onMade: () => void }) {
  const [title, setTitle] = useState('First night')
  const [starts, setStarts] = useState(inAMonth)
  const [terms, setTerms] = useState(standard)
  const [sections, setSections] = useState(usual)
  const create = useAction(async (idempotencyKey) => {
    const asking = { method: 'POST', idempotencyKey, body: bodyOf(title, starts, terms, sections) } as const
    await operate<Schema['OptionCreated']>(`/admin/v1/concerts/${concert}/options`, asking)
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
          <input
            type="datetime-local"
            required
            value={starts}
            onInput={(event) => setStarts(event.currentTarget.value)}
          />
        </label>
        <Terms terms={terms} onChange={setTerms} />
      </div>
      <Sections sections={sections} onChange={setSections} />
      <Trouble error={create.error} />
      <div class="actions">
        <button type="button" class="button quiet" onClick={() => setSections([...sections, empty])}>
          Another section
        </button>
        <button class="button" aria-disabled={create.busy}>
          Open the date: {seats.toLocaleString('en-GB')} seats
        </button>
      </div>
    </form>
  )
}
