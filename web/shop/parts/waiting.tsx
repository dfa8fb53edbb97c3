import { useEffect, useRef } from 'preact/hooks'
import type { Schema } from '../../shared/api'
import { useRemaining } from '../../shared/hooks'
import { clockTime, minutes, number, shortDateTime } from '../../shared/words'
import type { Place, PlaceNews } from '../place'
import { paths } from '../routes'
import { t } from '../texts'
import { WaysToCall } from './ways_to_call'

function estimate(place: Place): string {
  if (place.etaSeconds === null) return t('etaUnknown')
  if (place.etaSeconds < 60) return t('etaSoon')
  if (place.etaSeconds > 3_600) return t('etaLong')
  return t('etaMinutes', { count: Math.ceil(place.etaSeconds / 60) })
}

function Connection({ state }: { state: PlaceNews['state'] }) {
  const text = state === 'stream' ? t('live') : state === 'lost' ? t('lost') : t('polling')
  return <p class={`connection ${state ?? 'poll'}`}>{text}</p>
}

function WhatNext({ onLeave }: { onLeave: () => void }) {
  return (
    <section class="card">
      <h2>{t('howItGoes')}</h2>
      <ol class="steps">
        <li>{t('step1')}</li>
        <li>{t('step2')}</li>
        <li>{t('step3')}</li>
      </ol>
      <p class="quiet">{t('mayClose')}</p>
      <WaysToCall />
      <button type="button" class="link danger" onClick={onLeave}>
        {t('leave')}
      </button>
    </section>
  )
}

/** The place as it is now; `from`: the first that was told, for how far one has come. */
export function Waiting(props: { place: Place; from: number; state: PlaceNews['state']; onLeave: () => void }) {
  const { place, from } = props
  const done = from > 1 ? Math.min(1, (from - place.position) / (from - 1)) : 1
  return (
    <>
      <div class="card line">
        <p class="quiet">{t('yourPlace')}</p>
        <p class="position">{number(place.position)}</p>
        <p aria-live="polite" class="ahead">
          {place.ahead > 0 ? t('ahead', { count: place.ahead }) : t('aheadNone')}
        </p>
        <svg class="fill progress" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
          <rect width="100" height="4" class="fill-all" />
          <rect width={100 * done} height="4" class="fill-free" />
        </svg>
        <p class="eta">{estimate(place)}</p>
        <Connection state={props.state} />
      </div>
      <WhatNext onLeave={props.onLeave} />
    </>
  )
}

/** It is their turn: how long, and where to. */
export function Admitted(props: { place: Place; body: Schema['Concert']; option: number | undefined }) {
  const { place, body, option } = props
  const until = place.validUntil ? Date.parse(place.validUntil) : undefined
  const left = useRemaining(until)
  const first = useRef<HTMLAnchorElement>(null)
  useEffect(() => first.current?.focus(), [])
  const dates = [...body.dates].sort((a, b) => Number(b.optionId === option) - Number(a.optionId === option))
  return (
    <div class="card turn">
      <p class="clock" role="timer">
        {minutes(left)}
      </p>
      <p>{until !== undefined && t('yourTurnLead', { time: clockTime(until) })}</p>
      <ul class="plain">
        {dates.map((each, at) => (
          <li key={each.optionId}>
            <a
              ref={at === 0 ? first : null}
              class={at === 0 ? 'button big' : 'button quiet'}
              href={paths.hall(each.optionId)}
            >
              {t('toSeats')} · {shortDateTime(each.startsAt)}
            </a>
          </li>
        ))}
      </ul>
    </div>
  )
}
