// @vitest-environment jsdom
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/preact'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { speak } from '../../shared/words'

let contexts: number
let tones: number
let leave: 'default' | 'granted' | 'denied'
let asked: number
let shown: string[]

class MadeContext {
  currentTime = 0
  destination = {}
  constructor() {
    ++contexts
  }
  resume = () => Promise.resolve()
  createGain = () => ({
    gain: { setValueAtTime: () => undefined, exponentialRampToValueAtTime: () => undefined },
    connect: (to: unknown) => to,
  })
  createOscillator = () => ({
    frequency: { value: 0 },
    connect: (to: unknown) => to,
    start: () => ++tones,
    stop: () => undefined,
  })
}

class MadeNotification {
  static get permission() {
    return leave
  }
  static requestPermission = () => {
    ++asked
    leave = 'granted'
    return Promise.resolve(leave)
  }
  constructor(title: string, { body }: { body: string }) {
    shown.push(`${title}: ${body}`)
  }
  close = () => undefined
}

/** The page as it is just after it was loaded. */
const loadedAnew = async () => {
  vi.resetModules()
  return {
    ...(await import('../../shop/parts/alert')),
    ...(await import('../../shop/parts/ways_to_call')),
  }
}
const lookAway = (hidden: boolean) => {
  vi.spyOn(document, 'visibilityState', 'get').mockReturnValue(hidden ? 'hidden' : 'visible')
  vi.spyOn(document, 'hasFocus').mockReturnValue(!hidden)
}

beforeEach(() => {
  localStorage.clear()
  contexts = tones = asked = 0
  leave = 'default'
  shown = []
  vi.stubGlobal('AudioContext', MadeContext)
  vi.stubGlobal('Notification', MadeNotification)
  speak('en')
})
afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

test('who has chosen nothing hears nothing, is shown nothing and is asked nothing', async () => {
  const { call, WaysToCall } = await loadedAnew()
  leave = 'granted' // to this site, for something else or long ago
  render(<WaysToCall />)
  lookAway(true)
  call('It is your turn', 'Evening')
  expect({ contexts, tones, asked, shown }).toEqual({ contexts: 0, tones: 0, asked: 0, shown: [] })
})

test('who has chosen the sound hears it at once, to know it, and again at their turn', async () => {
  const { call, WaysToCall } = await loadedAnew()
  render(<WaysToCall />)
  fireEvent.click(screen.getByLabelText('Play a sound when it is my turn'))
  const sample = tones
  expect(sample).toBeGreaterThan(0)
  call('It is your turn', 'Evening')
  expect(tones).toBeGreaterThan(sample)
  expect(asked).toBe(0)
})

test('a sound that was chosen before a reload is made ready at the first touch, not before', async () => {
  localStorage.setItem('frontrow.sound', 'on')
  const { WaysToCall } = await loadedAnew()
  render(<WaysToCall />)
  await waitFor(() => expect((screen.getByLabelText(/Play a sound/) as HTMLInputElement).checked).toBe(true))
  expect(contexts).toBe(0)
  await waitFor(() => {
    fireEvent.keyDown(document.body, { key: 'a' })
    expect(contexts).toBe(1)
  })
  expect(tones).toBe(0)
})

test('the browser is asked for leave by the choice alone; the notification comes where nobody looks', async () => {
  const { call, WaysToCall } = await loadedAnew()
  render(<WaysToCall />)
  expect(asked).toBe(0)
  fireEvent.click(screen.getByLabelText('Show a notification when it is my turn'))
  expect(asked).toBe(1)
  await waitFor(() => expect((screen.getByLabelText(/notification/) as HTMLInputElement).checked).toBe(true))
  lookAway(false)
  call('It is your turn', 'Evening')
  expect(shown).toEqual([])
  lookAway(true)
  call('It is your turn', 'Evening')
  expect(shown).toEqual(['It is your turn: Evening'])
  expect(tones).toBe(0)
})

test('notifications can be taken back, and a browser that refuses them is no trouble', async () => {
  const { call, WaysToCall } = await loadedAnew()
  render(<WaysToCall />)
  const box = () => screen.getByLabelText(/notification/) as HTMLInputElement
  fireEvent.click(box())
  await waitFor(() => expect(box().checked).toBe(true))
  lookAway(true)
  vi.stubGlobal(
    'Notification',
    class {
      static permission = 'granted'
      constructor() {
        throw new TypeError('Illegal constructor') // Chromium on Android
      }
    },
  )
  expect(() => call('It is your turn', '')).not.toThrow()
  vi.stubGlobal('Notification', MadeNotification)
  fireEvent.click(box())
  await waitFor(() => expect(box().checked).toBe(false))
  call('It is your turn', '')
  expect(shown).toEqual([])
})

test('where the browser has been told never to allow it, the page says so', async () => {
  leave = 'denied'
  const { WaysToCall } = await loadedAnew()
  render(<WaysToCall />)
  const box = screen.getByLabelText('Your browser does not allow notifications here.') as HTMLInputElement
  expect(box.disabled).toBe(true)
})
