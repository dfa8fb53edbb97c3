import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { newKey } from '../../shared/api'
import { useAction } from '../../shared/hooks'
import { keepPerson, person, register, signInEnded } from '../session'
import { t } from '../texts'
import { Title, Trouble } from './basics'

/** The number in a token, for whoever brings one. The server decides whether it is good. */
function userOf(token: string): number {
  try {
    const part = token.split('.')[1]!.replace(/-/g, '+').replace(/_/g, '/')
    return Number((JSON.parse(atob(part)) as { sub?: string }).sub) || 0
  } catch {
    return 0
  }
}

/** Shows what is inside once we know who it is. */
export function SignedIn(props: { children: ComponentChildren }) {
  const [name, setName] = useState('')
  const [token, setToken] = useState('')
  const [brings, setBrings] = useState(false)
  const enter = useAction(async () => {
    if (brings)
      keepPerson({ userId: userOf(token.trim()), name: `#${userOf(token.trim())}`, accessToken: token.trim() })
    else await register(name.trim())
  }, newKey)
  if (person.value) return <>{props.children}</>
  return (
    <form
      class="card narrow"
      onSubmit={(event) => {
        event.preventDefault()
        void enter.run()
      }}
    >
      <Title tab={t('signInTitle')}>{t('signInTitle')}</Title>
      <p class="lead">{signInEnded.value ? t('signInAgain') : t('signInLead')}</p>
      {/* Two elements: what one input was told, such as how long a name may be, must not stay with the other. */}
      {brings ? (
        <label key="token">
          {t('token')}
          <input required autocomplete="off" value={token} onInput={(event) => setToken(event.currentTarget.value)} />
        </label>
      ) : (
        <label key="name">
          {t('name')}
          <input
            required
            maxLength={100}
            autocomplete="name"
            value={name}
            onInput={(event) => setName(event.currentTarget.value)}
          />
        </label>
      )}
      <Trouble error={enter.error} />
      <div class="actions">
        <button class="button" aria-disabled={enter.busy}>
          {t('go')}
        </button>
        <button type="button" class="link" onClick={() => setBrings(!brings)}>
          {brings ? t('name') : t('haveToken')}
        </button>
      </div>
    </form>
  )
}
