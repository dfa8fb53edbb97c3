import { signal } from '@preact/signals'
import { ask, Refused, type Answer, type Asking, type Schema } from '../shared/api'

/** Who shops here. In this browser only. */
export interface Person {
  userId: number
  name: string
  accessToken: string
}

const keptPerson = 'frontrow.person'
const keptPlace = (concert: number) => `frontrow.place.${concert}`

function remembered(): Person | null {
  try {
    const person = JSON.parse(localStorage.getItem(keptPerson) ?? 'null') as Person | null
    return person?.accessToken ? person : null
  } catch {
    return null
  }
}

export const person = signal<Person | null>(remembered())
/** The token was refused: whoever it is has to say so again. */
export const signInEnded = signal(false)

export function keepPerson(who: Person | null): void {
  if (who) localStorage.setItem(keptPerson, JSON.stringify(who))
  else {
    for (const key of Object.keys(localStorage)) if (key.startsWith('frontrow.place.')) localStorage.removeItem(key)
    localStorage.removeItem(keptPerson)
  }
  person.value = who
  signInEnded.value = false
}

// Another tab may sign in or out.
addEventListener('storage', (event) => {
  if (event.key === keptPerson) person.value = remembered()
})

export async function register(name: string): Promise<void> {
  const { body } = await ask<Schema['UserCreated']>('/api/v1/users', { method: 'POST', body: { name } })
  keepPerson({ userId: body.userId, name, accessToken: body.accessToken })
}

/** Asks in the person's name. */
export async function askAs<Body>(path: string, asking: Asking = {}): Promise<Answer<Body>> {
  try {
    return await ask<Body>(path, { ...asking, token: person.value?.accessToken })
  } catch (error) {
    if (error instanceof Refused && error.status === 401) {
      keepPerson(null)
      signInEnded.value = true
    }
    throw error
  }
}

/** The place in a concert's line, which a reload must not lose. */
export const placeIn = (concert: number) => localStorage.getItem(keptPlace(concert)) ?? undefined
export function keepPlace(concert: number, token: string | undefined): void {
  if (token) localStorage.setItem(keptPlace(concert), token)
  else localStorage.removeItem(keptPlace(concert))
}
