// @vitest-environment jsdom
import { cleanup, configure, fireEvent, render, screen, waitFor } from '@testing-library/preact'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Refused } from '../../shared/api'
import { guardDoubleClicks } from '../../shared/double_click'
import { useAction } from '../../shared/hooks'
import { layOut } from '../../shared/hall/layout'
import { Plan } from '../../shared/hall/plan'
import { speak } from '../../shared/words'
import { QrCode } from '../../shop/pages/ticket'
import { SignedIn } from '../../shop/parts/sign_in'
import { keepPerson, keepPlace, person, placeIn } from '../../shop/session'
import { demo, seatsOf } from './made'

/** On a slow machine everything takes its time. */
configure({ asyncUtilTimeout: 30_000 })

beforeEach(() => {
  localStorage.clear()
  keepPerson(null)
  speak('en')
})
afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

describe('an action', () => {
  let made = 0
  function Button({ act }: { act: (key: string) => Promise<void> }) {
    const action = useAction(act, () => `key ${++made}`)
    return (
      <button onClick={() => void action.run()}>{action.busy ? 'busy' : action.error ? 'failed' : 'ready'}</button>
    )
  }
  test('clicked twice is done once', async () => {
    let finish = () => {}
    const act = vi.fn(() => new Promise<void>((resolve) => (finish = resolve)))
    render(<Button act={act} />)
    const button = screen.getByRole('button')
    fireEvent.click(button)
    fireEvent.click(button)
    await waitFor(() => expect(button.textContent).toBe('busy'))
    expect(act).toHaveBeenCalledTimes(1)
    finish()
    await waitFor(() => expect(button.textContent).toBe('ready'))
  })
  test('that may have happened is tried again under its key; one that was refused gets a new one', async () => {
    const failures = [new TypeError('cut'), new Refused(409, 'SEAT_TAKEN', {}), undefined]
    const keys: string[] = []
    render(
      <Button
        act={async (key) => {
          keys.push(key)
          const failure = failures.shift()
          if (failure) throw failure
        }}
      />,
    )
    const button = screen.getByRole('button')
    for (const then of ['failed', 'failed', 'ready']) {
      fireEvent.click(button)
      await waitFor(() => expect(button.textContent).toBe(then))
    }
    expect(keys[1]).toBe(keys[0])
    expect(keys[2]).not.toBe(keys[0])
  })
})

describe('a double click', () => {
  test('belongs to what its first click hit, not to what has come into its place', () => {
    guardDoubleClicks(document)
    const pressed: string[] = []
    render(
      <>
        <button onClick={() => pressed.push('charge')}>charge</button>
        <button onClick={() => pressed.push('pay')}>pay</button>
      </>,
    )
    const [charge, pay] = screen.getAllByRole('button') as [HTMLElement, HTMLElement]
    fireEvent.click(charge, { detail: 1 })
    fireEvent.click(pay, { detail: 2 })
    expect(pressed).toEqual(['charge'])
    fireEvent.click(pay, { detail: 1 })
    fireEvent.click(pay, { detail: 0 }) // a key, or a reader
    fireEvent.click(pay, { detail: 2 })
    expect(pressed).toEqual(['charge', 'pay', 'pay', 'pay'])
  })
})

describe('signing in', () => {
  test('asks for a name, keeps the token, and shows what is inside', async () => {
    vi.stubGlobal('fetch', () =>
      Promise.resolve(
        new Response(JSON.stringify({ userId: 7, accessToken: 'a.b.c', expiresAt: '2030-01-01T00:00:00.000Z' }), {
          status: 201,
        }),
      ),
    )
    render(
      <SignedIn>
        <p>inside</p>
      </SignedIn>,
    )
    expect(screen.queryByText('inside')).toBeNull()
    fireEvent.input(screen.getByLabelText('Your name'), { target: { value: 'Ada' } })
    fireEvent.submit(screen.getByRole('button', { name: 'Continue' }).closest('form')!)
    await screen.findByText('inside')
    expect(person.value).toEqual({ userId: 7, name: 'Ada', accessToken: 'a.b.c' })
    expect(localStorage.getItem('frontrow.person')).toContain('a.b.c')
  })
  test('with a token works as well: nothing of the name’s input stays with the token’s', async () => {
    render(
      <SignedIn>
        <p>inside</p>
      </SignedIn>,
    )
    fireEvent.click(screen.getByText('I have an access token'))
    const input = (await screen.findByLabelText('Access token')) as HTMLInputElement
    expect(input.hasAttribute('maxlength')).toBe(false)
    const token = `x.${btoa('{"sub":"12"}')}.y`
    fireEvent.input(input, { target: { value: token } })
    await waitFor(() => {
      fireEvent.submit(input.closest('form')!)
      expect(person.value).toEqual({ userId: 12, name: '#12', accessToken: token })
    })
  })
  test('signing out forgets the places as well', () => {
    keepPerson({ userId: 1, name: 'Ada', accessToken: 'x' })
    keepPlace(3, 'token')
    expect(placeIn(3)).toBe('token')
    keepPerson(null)
    expect(placeIn(3)).toBeUndefined()
  })
})

describe('the map', () => {
  test('draws a path for each row and look, and moves a changed seat from one to the other', async () => {
    const hall = layOut(seatsOf(demo))
    const plan = new Plan(hall)
    const seats = (look: string) =>
      [...plan.svg.querySelectorAll(`.seat-${look}`)].map((each) => each.getAttribute('d')!.match(/M/g)?.length ?? 0)
    expect(seats('free')).toEqual([6, 6, 8, 8, 8])
    plan.change([
      { index: 0, status: 'HELD' },
      { index: 1, status: 'SOLD' },
    ])
    await waitFor(() => expect(seats('free')[0]).toBe(4))
    expect(seats('held')[0]).toBe(1)
    expect(plan.svg.querySelectorAll('*').length).toBeLessThan(hall.rows.length * 3 + 20)
  })
  test('is walked and chosen from by keys', () => {
    const hall = layOut(seatsOf(demo))
    const picked: string[] = []
    const plan = new Plan(hall, { pick: (seat) => picked.push(seat.seat.seatNumber) })
    for (const key of ['ArrowRight', 'ArrowRight', 'ArrowDown', 'Enter', 'End', ' ']) expect(plan.key(key)).toBe(true)
    expect(plan.key('q')).toBe(false)
    expect(picked).toEqual(['VIP-2-2', 'VIP-2-6'])
  })
})

describe('a ticket', () => {
  test('is drawn as one path that a printer can scale', () => {
    const { container } = render(<QrCode text="FR1.abc.def" />)
    expect(screen.getByRole('img').getAttribute('aria-label')).toBe('QR code of the ticket')
    expect(container.querySelectorAll('path')).toHaveLength(1)
  })
})
