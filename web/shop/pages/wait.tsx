import { useEffect, useRef, useState } from 'preact/hooks'
import { ask, newKey, Refused, type Schema } from '../../shared/api'
import { Confirm } from '../../shared/confirm'
import { useAction, useLoaded } from '../../shared/hooks'
import { go } from '../../shared/route'
import { number } from '../../shared/words'
import { call } from '../parts/alert'
import { Loading, Title, Trouble } from '../parts/basics'
import { SignedIn } from '../parts/sign_in'
import { Admitted, Waiting } from '../parts/waiting'
import { followPlace, join, leave, type Place, type PlaceNews } from '../place'
import { paths } from '../routes'
import { person, placeIn } from '../session'
import { t } from '../texts'

type Text = Parameters<typeof t>[0]

const endings: Record<string, [Text, Text | undefined]> = {
  EXPIRED: ['expired', 'expiredLead'],
  COMPLETED: ['completed', 'completedLead'],
  SOLD_OUT: ['soldOut', 'soldOutLead'],
  LEFT: ['left', undefined],
}

/** Joins, or finds the place of before, and follows it. `called`: once, when it is this person's turn. */
function useLine(concert: number, called: () => void) {
  const [place, setPlace] = useState<Place>()
  const [state, setState] = useState<PlaceNews['state']>()
  const [ended, setEnded] = useState<string>()
  const [token, setToken] = useState(placeIn(concert))
  const from = useRef(0)
  const waited = useRef(false)
  const enter = useAction(async (key) => {
    setEnded(undefined)
    const mine = await join(concert, key)
    setPlace(mine)
    setToken(mine.queueToken)
  }, newKey)
  const tell = (news: PlaceNews) => {
    if (news.state) setState(news.state)
    if (news.place) setPlace(news.place)
    if (!news.gone) return
    setPlace(undefined)
    setToken(undefined)
    setEnded('LEFT')
  }
  useEffect(() => {
    if (!token) void enter.run()
  }, [])
  useEffect(() => {
    if (!token) return
    const stop = new AbortController()
    void followPlace(concert, token, 'stream', tell, stop.signal).catch(() => undefined)
    return () => stop.abort()
  }, [token])
  useEffect(() => {
    if (!place) return
    from.current = Math.max(from.current, place.position)
    if (place.status === 'WAITING') waited.current = true
    if (place.status === 'ACTIVE' && waited.current) {
      waited.current = false
      called()
    }
    if (endings[place.status]) {
      setEnded(place.status)
      setToken(undefined)
    }
  }, [place])
  const refused = enter.error instanceof Refused ? enter.error.code : ''
  const over = ended ?? (refused === 'SOLD_OUT' ? 'SOLD_OUT' : undefined)
  return { place: over ? undefined : place, state, over, enter, from, full: refused === 'QUEUE_FULL' }
}

/** What the heading and the tab say. */
function headingOf({ place, over }: ReturnType<typeof useLine>, title: string): [heading: string, tab: string] {
  if (place?.status === 'ACTIVE') return [t('yourTurn'), `● ${t('yourTurn')}`]
  const heading = over ? t(endings[over]![0]) : t('waitFor', { title })
  return [heading, place ? `${number(place.position)} · ${t('waitTitle')}` : heading]
}

function JoinAgain({ enter }: { enter: ReturnType<typeof useLine>['enter'] }) {
  return (
    <div class="actions">
      <button type="button" class="button" onClick={() => void enter.run()} aria-disabled={enter.busy}>
        {t('joinAgain')}
      </button>
      <a class="button quiet" href={paths.home}>
        {t('toConcerts')}
      </a>
    </div>
  )
}

function Line({ concert, option }: { concert: number; option: number | undefined }) {
  const about = useLoaded(`concert ${concert}`, (signal) =>
    ask<Schema['Concert']>(`/api/v1/concerts/${concert}`, { signal }),
  )
  const [asked, setAsked] = useState(false)
  const title = about.value?.body.title ?? ''
  const line = useLine(concert, () => call(t('yourTurn'), title))
  const { place, over, enter, full } = line
  const [heading, tab] = headingOf(line, title)
  const lead = over ? endings[over]![1] : undefined
  return (
    <div class="narrow">
      <Title key={heading} tab={tab}>
        {heading}
      </Title>
      {lead && <p class="lead">{t(lead)}</p>}
      {full && <p class="notice">{t('queueFull')}</p>}
      {enter.error !== undefined && !over && !full && <Trouble error={enter.error} again={() => void enter.run()} />}
      {!place && !over && !enter.error && <Loading />}
      {place?.status === 'WAITING' && (
        <Waiting place={place} from={line.from.current} state={line.state} onLeave={() => setAsked(true)} />
      )}
      {place?.status === 'ACTIVE' && about.value && (
        <Admitted place={place} body={about.value.body} option={option} />
      )}
      {(over || full) && <JoinAgain enter={enter} />}
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
