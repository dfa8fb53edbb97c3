import { render } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { guardDoubleClicks } from '../shared/double_click'
import { address, followLinks, match } from '../shared/route'
import { ActorPage } from './pages/actor'
import { ActorsPage } from './pages/actors'
import { AuditPage } from './pages/audit'
import { ConcertPage } from './pages/concert'
import { ConcertsPage } from './pages/concerts'
import { NodesPage } from './pages/nodes'
import { Overview } from './pages/overview'
import { patterns, type PageName } from './routes'
import { keepToken, refused, token, type Kind } from './session'
import { alarms, watch } from './watch'

function Here() {
  const url = new URL(address.value, location.origin)
  const found = match<PageName>(url.pathname, patterns)
  const values = found?.values ?? {}
  switch (found?.name) {
    case 'overview':
      return <Overview />
    case 'concerts':
      return <ConcertsPage />
    case 'concert':
      return <ConcertPage key={url.pathname} concert={Number(values['concertId'])} />
    case 'actors':
      return <ActorsPage />
    case 'actor':
      return (
        <ActorPage
          key={url.pathname}
          kind={values['kind'] as Kind}
          id={Number(values['id'])}
          version={Number(url.searchParams.get('version')) || undefined}
        />
      )
    case 'nodes':
      return <NodesPage />
    case 'audit':
      return <AuditPage />
    default:
      return <h1>There is nothing here.</h1>
  }
}

function AskForToken() {
  const [text, setText] = useState('')
  return (
    <form
      class="card gate"
      onSubmit={(event) => {
        event.preventDefault()
        refused.value = false
        keepToken(text.trim())
      }}
    >
      <h1>Frontrow console</h1>
      <p class="lead">
        The operators’ token stands in the file admin-token of the data folder. It is kept for this tab only.
      </p>
      {refused.value && (
        <p class="notice bad" role="alert">
          That token was not accepted.
        </p>
      )}
      <label>
        Token
        <input
          type="password"
          required
          autocomplete="off"
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </label>
      <button class="button">Enter</button>
    </form>
  )
}

const links: [string, string][] = [
  ['/', 'Overview'],
  ['/concerts', 'Concerts'],
  ['/actors', 'Actors'],
  ['/nodes', 'Nodes'],
  ['/audit', 'Audit'],
]

function Console() {
  useEffect(() => followLinks(document), [])
  useEffect(() => (token.value ? watch() : undefined), [token.value])
  const path = address.value.split('?')[0]!
  if (!token.value)
    return (
      <main class="outside">
        <AskForToken />
      </main>
    )
  const grave = alarms.value.filter((each) => each.grave).length
  return (
    <>
      <a class="skip" href="#content">
        Skip to content
      </a>
      <header class="side">
        <p class="brand">Frontrow console</p>
        <nav aria-label="Console">
          {links.map(([to, name]) => (
            <a
              key={to}
              href={to}
              {...((to === '/' ? path === '/' : path.startsWith(to)) ? { 'aria-current': 'page' as const } : {})}
            >
              {name}
              {to === '/' && grave > 0 && <span class="count">{grave}</span>}
            </a>
          ))}
        </nav>
        <button type="button" class="link" onClick={() => keepToken(null)}>
          Leave
        </button>
      </header>
      <main id="content">
        <Here />
      </main>
    </>
  )
}

guardDoubleClicks(document)
document.documentElement.lang = 'en'
render(<Console />, document.getElementById('page')!)
