import { render } from 'preact'
import { useEffect } from 'preact/hooks'
import { guardDoubleClicks } from '../shared/double_click'
import { followLinks, address, match } from '../shared/route'
import { language, languages, remembered, speak, type Language } from '../shared/words'
import { lazyPage } from './parts/lazy'
import { Title } from './parts/basics'
import { Home } from './pages/home'
import { ConcertPage } from './pages/concert'
import { paths, patterns, type PageName } from './routes'
import { t } from './texts'

const Wait = lazyPage(() => import('./pages/wait').then((it) => it.WaitPage))
const HallPage = lazyPage(() => import('./pages/hall').then((it) => it.HallPage))
const Checkout = lazyPage(() => import('./pages/checkout').then((it) => it.CheckoutPage))
const Tickets = lazyPage(() => import('./pages/tickets').then((it) => it.TicketsPage))
const Ticket = lazyPage(() => import('./pages/ticket').then((it) => it.TicketPage))
const Account = lazyPage(() => import('./pages/account').then((it) => it.AccountPage))

function Here() {
  const url = new URL(address.value, location.origin)
  const found = match<PageName>(url.pathname, patterns)
  const values = found?.values ?? {}
  const id = (name: string) => Number(values[name])
  switch (found?.name) {
    case 'home':
      return <Home />
    case 'concert':
      return <ConcertPage key={url.pathname} concert={id('concertId')} />
    case 'wait':
      return (
        <Wait
          key={url.pathname}
          concert={id('concertId')}
          option={Number(url.searchParams.get('date')) || undefined}
        />
      )
    case 'hall':
      return <HallPage key={url.pathname} option={id('optionId')} />
    case 'checkout':
      return <Checkout key={url.pathname} reservation={values['reservationId']!} />
    case 'tickets':
      return <Tickets />
    case 'ticket':
      return <Ticket key={url.pathname} payment={values['paymentId']!} />
    case 'account':
      return <Account />
    default:
      return (
        <>
          <Title>{t('notFound')}</Title>
          <a href="/">{t('toConcerts')}</a>
        </>
      )
  }
}

function LanguageChoice() {
  return (
    <div class="languages" role="group" aria-label={t('language')}>
      {(Object.entries(languages) as [Language, string][]).map(([which, name]) => (
        <button
          key={which}
          type="button"
          lang={which}
          aria-pressed={language.value === which}
          onClick={() => speak(which)}
        >
          {name}
        </button>
      ))}
    </div>
  )
}

function Shop() {
  const path = address.value.split('?')[0]!
  const here = (prefix: string) =>
    path === prefix || path.startsWith(`${prefix}/`) ? { 'aria-current': 'page' as const } : {}
  useEffect(() => followLinks(document), [])
  return (
    <>
      <a class="skip" href="#content">
        {t('skip')}
      </a>
      <header class="top">
        <a class="brand" href={paths.home}>
          <svg viewBox="0 0 32 32" aria-hidden="true">
            <rect width="32" height="32" rx="8" class="brand-ground" />
            <circle cx="9" cy="21" r="3" />
            <circle cx="16" cy="21" r="3" class="brand-mine" />
            <circle cx="23" cy="21" r="3" />
            <path d="M6 9h20v3q-10 3-20 0z" />
          </svg>
          {t('brand')}
        </a>
        <nav aria-label={t('brand')}>
          <a href={paths.home} {...(path === '/' ? { 'aria-current': 'page' as const } : here('/concerts'))}>
            {t('concerts')}
          </a>
          <a href={paths.tickets} {...here('/tickets')}>
            {t('myTickets')}
          </a>
          <a href={paths.account} {...here('/account')}>
            {t('account')}
          </a>
        </nav>
        <LanguageChoice />
      </header>
      <main id="content">
        <Here />
      </main>
    </>
  )
}

guardDoubleClicks(document)
speak(remembered())
render(<Shop />, document.getElementById('page')!)
