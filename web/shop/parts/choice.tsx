import { useState } from 'preact/hooks'
import type { Hall, PlacedSeat } from '../../shared/hall/layout'
import { money, number } from '../../shared/words'
import { t } from '../texts'
import { Trouble } from './basics'
import { seatName } from './seat_names'

/** What the page tells about the last try; `instead`: the nearest to what someone else took. */
export interface Told {
  text: string
  instead?: PlacedSeat[]
  tone: 'good' | 'bad'
}

export const names = (seats: PlacedSeat[]) => seats.map((each) => seatName(each.seat)).join(', ')
const sum = (seats: PlacedSeat[]) => seats.reduce((total, each) => total + each.seat.price, 0)

/** "Best seats for me": how many, and where. */
export function BestSeats(props: {
  hall: Hall
  limit: number
  onAsk: (count: number, tier: string | undefined) => void
}) {
  const [count, setCount] = useState(2)
  const [tier, setTier] = useState('')
  return (
    <form
      class="card best"
      onSubmit={(event) => {
        event.preventDefault()
        props.onAsk(Math.min(count, props.limit), tier || undefined)
      }}
    >
      <h2>{t('bestTitle')}</h2>
      <div class="fields">
        <label>
          {t('howMany')}
          <select
            value={String(Math.min(count, props.limit))}
            onChange={(event) => setCount(Number(event.currentTarget.value))}
          >
            {Array.from({ length: props.limit }, (_, at) => (
              <option key={at} value={String(at + 1)}>
                {number(at + 1)}
              </option>
            ))}
          </select>
        </label>
        <label>
          {t('whichTier')}
          <select value={tier} onChange={(event) => setTier(event.currentTarget.value)}>
            <option value="">{t('anyTier')}</option>
            {props.hall.tiers.map((each) => (
              <option key={each.name} value={each.name}>
                {each.name} · {money(each.price)}
              </option>
            ))}
          </select>
        </label>
      </div>
      <button class="button quiet">{t('suggest')}</button>
    </form>
  )
}

function Message({ told, onTake }: { told: Told; onTake: (seats: PlacedSeat[]) => void }) {
  const { instead } = told
  return (
    <div class={`notice ${told.tone}`}>
      <p>{told.text}</p>
      {instead?.length === 0 && <p>{t('noNearest')}</p>}
      {!!instead?.length && (
        <>
          <p>{t('nearest', { seats: names(instead), price: money(sum(instead)) })}</p>
          <button type="button" class="button quiet" onClick={() => onTake(instead)}>
            {t('takeThese')}
          </button>
        </>
      )}
    </div>
  )
}

/** What one has chosen, what it costs, and the button that holds it. */
export function Choice(props: {
  seats: PlacedSeat[]
  told: Told | undefined
  error: unknown
  busy: boolean
  onTake: (seats: PlacedSeat[]) => void
  onRemove: (seat: PlacedSeat) => void
  onHold: () => void
}) {
  const { seats } = props
  return (
    <section class="card choice">
      <h2>{t('yourChoice')}</h2>
      <div aria-live="polite">
        {props.told && <Message told={props.told} onTake={props.onTake} />}
        <Trouble error={props.error} />
      </div>
      {seats.length === 0 && <p class="quiet">{t('nothingChosen')}</p>}
      <ul class="plain picked">
        {seats.map((each) => (
          <li key={each.index}>
            <span>{seatName(each.seat)}</span>
            <span class="price">{money(each.seat.price)}</span>
            <button
              type="button"
              class="remove"
              aria-label={t('remove', { name: seatName(each.seat) })}
              onClick={() => props.onRemove(each)}
            >
              ×
            </button>
          </li>
        ))}
      </ul>
      {seats.length > 0 && (
        <>
          <p class="spread total">
            <span>{t('total')}</span>
            <strong class="price">{money(sum(seats))}</strong>
          </p>
          <button type="button" class="button big" id="hold" aria-disabled={props.busy} onClick={props.onHold}>
            {props.busy ? t('holding') : t('hold', { count: seats.length })}
          </button>
          <p class="quiet small">{t('holdLead')}</p>
        </>
      )}
    </section>
  )
}
