import { useEffect, useRef, useState } from 'preact/hooks'
import { ask, newKey, Refused, type Schema } from '../../shared/api'
import { Confirm } from '../../shared/confirm'
import { useAction, useLoaded, useRemaining } from '../../shared/hooks'
import { go } from '../../shared/route'
import { clockTime, minutes, number, shortDateTime } from '../../shared/words'
import { Loading, Title, Trouble } from '../parts/basics'
import { SignedIn } from '../parts/sign_in'
import { alarm, mayNotify, notify, setSound, wantsSound } from '../parts/alert'
import { followPlace, join, leave, type Place, type PlaceNews } from '../place'
import { paths } from '../routes'
import { person, placeIn } from '../session'
import { t } from '../texts'

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

function Waiting({ place, from, state, onLeave }: { place: Place; from: number; state: PlaceNews['state']; onLeave: () => void }) {
  const [sound, setSoundShown] = useState(wantsSound())
  const [notified, setNotified] = useState(mayNotify())
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
        <Connection state={state} />
      </div>
      <section class="card">
        <h2>{t('howItGoes')}</h2>
        <ol class="steps">
          <li>{t('step1')}</li>
          <li>{t('step2')}</li>
          <li>{t('step3')}</li>
        </ol>
        <p class="quiet">{t('mayClose')}</p>
        <label class="check">
          <input
            type="checkbox"
            checked={sound}
            onChange={(event) => {
              setSound(event.currentTarget.checked)
              setSoundShown(event.currentTarget.checked)
            }}
          />
          {t('soundOn')}
        </label>
        {'Notification' in globalThis && (
          <label class="check">
            <input
              type="checkbox"
              checked={notified}
              disabled={Notification.permission === 'denied'}
              onChange={(event) => {
                if (event.currentTarget.checked) void Notification.requestPermission().then(() => setNotified(mayNotify()))
              }}
            />
            {Notification.permission === 'denied' ? t('notifyDenied') : t('notifyOn')}
          </label>
        )}
        <button type="button" class="link danger" onClick={onLeave}>
          {t('leave')}
        </button>
      </section>
    </>
  )
}

function Admitted({ place, body, option }: { place: Place; body: Schema['Concert']; option: number | undefined }) {
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
            <a ref={at === 0 ? first : null} class={at === 0 ? 'button big' : 'button quiet'} href={paths.hall(each.optionId)}>
              {t('toSeats')} · {shortDateTime(each.startsAt)}
            </a>
          </li>
        ))}
      </ul>
    </div>
  )
}

const endings: Record<string, [Parameters<typeof t>[0], Parameters<typeof t>[0] | undefined]> = {
  EXPIRED: ['expired', 'expiredLead'],
  COMPLETED: ['completed', 'completedLead'],
  SOLD_OUT: ['soldOut', 'soldOutLead'],
  LEFT: ['left', undefined],
}

function Line({ concert, option }: { concert: number; option: number | undefined }) {
  const about = useLoaded(`concert ${concert}`, (signal) => ask<Schema['Concert']>(`/api/v1/concerts/${concert}`, { signal }))
  const [place, setPlace] = useState<Place>()
  const [state, setState] = useState<PlaceNews['state']>()
  const [ended, setEnded] = useState<string>()
  const [token, setToken] = useState(placeIn(concert))
  const [asked, setAsked] = useState(false)
  const from = useRef(0)
  const waited = useRef(false)
  const enter = useAction(async (key) => {
    setEnded(undefined)
    const mine = await join(concert, key)
    setPlace(mine)
    setToken(mine.queueToken)
  }, newKey)

  useEffect(() => {
    if (!token) void enter.run()
  }, [])
  useEffect(() => {
    if (!token) return
    const stop = new AbortController()
    void followPlace(
      concert,
      token,
      'stream',
      (news) => {
        if (news.state) setState(news.state)
        if (news.place) setPlace(news.place)
        if (news.gone) {
          setPlace(undefined)
          setToken(undefined)
          setEnded('LEFT')
        }
      },
      stop.signal,
    ).catch(() => undefined)
    return () => stop.abort()
  }, [token])
  useEffect(() => {
    if (!place) return
    from.current = Math.max(from.current, place.position)
    if (place.status === 'WAITING') waited.current = true
    if (place.status === 'ACTIVE' && waited.current) {
      waited.current = false
      alarm()
      notify(t('yourTurn'), about.value?.body.title ?? '')
    }
    if (endings[place.status]) {
      setEnded(place.status)
      setToken(undefined)
    }
  }, [place])

  const title = about.value?.body.title ?? ''
  const refused = enter.error instanceof Refused ? enter.error.code : ''
  const over = ended ?? (refused === 'SOLD_OUT' ? 'SOLD_OUT' : undefined)
  const turn = place?.status === 'ACTIVE' && !over
  const heading = turn ? t('yourTurn') : over ? t(endings[over]![0]) : t('waitFor', { title })
  const lead = over ? endings[over]![1] : undefined
  const tab = turn ? `● ${t('yourTurn')}` : place?.status === 'WAITING' && !over ? `${number(place.position)} · ${t('waitTitle')}` : heading
  return (
    <div class="narrow">
      <Title key={heading} tab={tab}>
        {heading}
      </Title>
      {lead && <p class="lead">{t(lead)}</p>}
      {refused === 'QUEUE_FULL' && <p class="notice">{t('queueFull')}</p>}
      {enter.error !== undefined && !over && refused !== 'QUEUE_FULL' && <Trouble error={enter.error} again={() => void enter.run()} />}
      {!place && !over && !enter.error && <Loading />}
      {place?.status === 'WAITING' && !over && <Waiting place={place} from={from.current} state={state} onLeave={() => setAsked(true)} />}
      {turn && about.value && <Admitted place={place} body={about.value.body} option={option} />}
      {(over || refused === 'QUEUE_FULL') && (
        <div class="actions">
          <button type="button" class="button" onClick={() => void enter.run()} aria-disabled={enter.busy}>
            {t('joinAgain')}
          </button>
          <a class="button quiet" href={paths.home}>
            {t('toConcerts')}
          </a>
        </div>
      )}
      {asked && (
        <Confirm
          text={t('leaveSure')}
          yes={t('yes')}
          no={t('no')}
          onNo={() => setAsked(false)}
          onYes={() => void leave(concert).finally(() => go(paths.concert(concert)))}
        />
      )}
    </div>
  )
}

export function WaitPage(props: { concert: number; option: number | undefined }) {
  return (
    <SignedIn>
      <Line key={person.value?.userId} {...props} />
    </SignedIn>
  )
}
