// @vitest-environment jsdom
import { cleanup, configure, fireEvent, render, screen } from '@testing-library/preact'
import { afterEach, expect, test, vi } from 'vitest'
import { ActorPage } from '../../console/pages/actor'
import { address, go } from '../../shared/route'

/** On a slow machine everything takes its time. */
configure({ asyncUtilTimeout: 30_000 })

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

/** An account at version 10 whose present is told only when the answer is called. */
function lateAccount(): () => void {
  const state = (version: number) => Response.json({ kind: 'account', id: 14, version, state: { version } })
  let tell = () => {}
  const now = new Promise<void>((resolve) => (tell = resolve)).then(() => state(10))
  vi.stubGlobal('scrollTo', () => {})
  vi.stubGlobal('fetch', async (path: string) => {
    const url = new URL(path, location.origin)
    if (url.pathname.endsWith('/events')) return Response.json({ events: [] })
    if (url.pathname.endsWith('/14'))
      return url.searchParams.has('version') ? state(Number(url.searchParams.get('version'))) : now
    return Response.json({ actors: [] })
  })
  return tell
}

test('nobody travels in an actor’s past before its present is known: back to event 1 is not to now', async () => {
  const tell = lateAccount()
  go('/actors/account/14?version=5')
  render(<ActorPage kind="account" id={14} version={5} />)
  await screen.findByText(/"version": 5/)
  expect(screen.queryByRole('slider')).toBeNull()
  tell()
  const slider = await screen.findByRole('slider', { name: 'As it was after event 5 of 10' })
  fireEvent.input(slider, { target: { value: '1' } })
  expect(address.value).toBe('/actors/account/14?version=1')
})
