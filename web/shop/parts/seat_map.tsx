import { useEffect, useRef } from 'preact/hooks'
import type { Hall, PlacedSeat } from '../../shared/hall/layout'
import { Plan, shapePath, shapes } from '../../shared/hall/plan'
import type { SeatChange, SeatStatuses } from '../../shared/hall/status'
import { money } from '../../shared/words'
import { t } from '../texts'
import { seatName } from './seat_names'

const statusWord = { AVAILABLE: 'free', HELD: 'held', SOLD: 'sold' } as const

export interface MapHandle {
  change: (changes: SeatChange[]) => void
  show: (seat: PlacedSeat) => void
}

interface MapProps {
  hall: Hall
  statuses: SeatStatuses
  chosen: number[]
  onPick: (seat: PlacedSeat) => void
  handle: (handle: MapHandle) => void
}

/** Draws the plan into `frame`, keeps it as the props say, and says what is under the cursor or the pointer. */
function usePlan(props: MapProps) {
  const { hall, statuses } = props
  const frame = useRef<HTMLDivElement>(null)
  const said = useRef<HTMLParagraphElement>(null)
  const pointed = useRef<HTMLParagraphElement>(null)
  const plan = useRef<Plan>()
  const latest = useRef(props)
  latest.current = props
  useEffect(() => {
    const describe = (seat: PlacedSeat) => {
      const mine = latest.current.chosen.includes(seat.index)
      const status = mine ? t('chosen') : t(statusWord[statuses.list[seat.index]!])
      return t('seatSaid', { name: seatName(seat.seat), price: money(seat.seat.price), status })
    }
    const pick = (seat: PlacedSeat) => {
      latest.current.onPick(seat)
      // What it is now, for whoever does not see it.
      setTimeout(() => said.current && (said.current.textContent = describe(seat)))
    }
    const point = (seat: PlacedSeat | undefined, how: 'key' | 'pointer') => {
      const text = seat ? describe(seat) : ''
      if (how === 'key' && said.current) said.current.textContent = text
      if (pointed.current) pointed.current.textContent = text
      const free = how === 'pointer' && !!seat && statuses.list[seat.index] === 'AVAILABLE'
      frame.current?.classList.toggle('over-free', free)
    }
    const drawn = new Plan(hall, { pick, point }, t('stage'))
    plan.current = drawn
    drawn.change(statuses.list.map((status, index) => ({ index, status })))
    drawn.choose(latest.current.chosen)
    frame.current!.replaceChildren(drawn.svg)
    latest.current.handle({ change: (changes) => drawn.change(changes), show: (seat) => drawn.show(seat, 2.2) })
  }, [hall])
  useEffect(() => plan.current?.choose(props.chosen), [props.chosen])
  return { frame, said, pointed, plan }
}

/** The plan with its buttons and its signs; says aloud what the cursor is on. */
export function SeatMap(props: MapProps) {
  const { frame, said, pointed, plan } = usePlan(props)
  return (
    <div class="map">
      <div class="map-tools" role="group" aria-label={t('seatMap')}>
        <button type="button" aria-label={t('zoomIn')} onClick={() => plan.current?.zoomBy(1.6)}>
          +
        </button>
        <button type="button" aria-label={t('zoomOut')} onClick={() => plan.current?.zoomBy(1 / 1.6)}>
          −
        </button>
        <button type="button" aria-label={t('showAll')} onClick={() => plan.current?.showAll()}>
          ⤢
        </button>
      </div>
      <div
        ref={frame}
        class="map-frame"
        role="application"
        tabIndex={0}
        aria-label={t('hallKeys')}
        onKeyDown={(event) => {
          if (event.ctrlKey || event.metaKey || event.altKey) return
          if (plan.current?.key(event.key)) event.preventDefault()
        }}
      />
      <p ref={pointed} class="map-said" aria-hidden="true" />
      <p ref={said} class="unseen" role="status" />
      <Legend hall={props.hall} />
    </div>
  )
}

function Sign({ tier, kind }: { tier: number; kind: 'free' | 'held' | 'sold' | 'mine' }) {
  return (
    <svg class={`sign tier-${tier % shapes.length}`} viewBox="-0.6 -0.6 1.2 1.2" aria-hidden="true">
      {kind === 'sold' ? (
        <path class="seat seat-sold" d="M-.25 -.25l.5 .5m0 -.5l-.5 .5" />
      ) : kind === 'mine' ? (
        <>
          <path class="chosen-shape" d={shapePath(0, 0, 0, 0.5)} />
          <path class="chosen-tick" d="M-.2 0l.15 .17l.27 -.32" />
        </>
      ) : (
        <path class={`seat seat-${kind}`} d={shapePath(tier, 0, 0, 0.42)} />
      )}
    </svg>
  )
}

export function Legend({ hall }: { hall: Hall }) {
  return (
    <ul class="legend" aria-label={t('legend')}>
      {hall.tiers.map((tier, at) => (
        <li key={tier.name}>
          <Sign tier={at} kind="free" />
          {tier.name} · {money(tier.price)}
        </li>
      ))}
      <li>
        <Sign tier={0} kind="mine" />
        {t('legendMine')}
      </li>
      <li>
        <Sign tier={0} kind="held" />
        {t('legendHeld')}
      </li>
      <li>
        <Sign tier={0} kind="sold" />
        {t('legendSold')}
      </li>
    </ul>
  )
}
