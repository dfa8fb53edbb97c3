import { useEffect, useMemo, useRef } from 'preact/hooks'
import { layOut } from '../../shared/hall/layout'
import { Plan } from '../../shared/hall/plan'
import { figure } from './basics'
import { seatsOf, type SeatMapState } from '../hall_state'

/** A hall as a seat map's state has it. */
export function HallPicture({ state, label }: { state: SeatMapState; label: string }) {
  const frame = useRef<HTMLDivElement>(null)
  const plan = useRef<Plan>()
  const shape = JSON.stringify(state.terms)
  const seats = useMemo(() => seatsOf(state), [state])
  useEffect(() => {
    plan.current = new Plan(layOut(seats), {}, 'STAGE')
    frame.current!.replaceChildren(plan.current.svg)
  }, [shape])
  useEffect(() => plan.current?.change(seats.map((each, index) => ({ index, status: each.status }))), [seats])
  const count = (status: string) => figure(seats.filter((each) => each.status === status).length)
  const said = `${label}: ${count('SOLD')} sold, ${count('HELD')} held, ${count('AVAILABLE')} free`
  return (
    <figure class="hall-picture">
      <div ref={frame} role="img" aria-label={said} />
      <figcaption class="quiet">{said}</figcaption>
    </figure>
  )
}
