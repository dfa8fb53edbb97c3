/** Ways to say "it is your turn" to someone who looks elsewhere. Nothing is asked for before it is chosen. */

const keptSound = 'frontrow.sound'
const keptNotice = 'frontrow.notice'

let audio: AudioContext | undefined

export const wantsSound = () => localStorage.getItem(keptSound) === 'on'

/** Browsers let a page sound only after a person has touched it: choosing this is such a touch. */
export function setSound(on: boolean): void {
  localStorage.setItem(keptSound, on ? 'on' : 'off')
  if (!on) return
  unlock()
  chime(0.04)
}

function unlock(): void {
  audio ??= new AudioContext()
  void audio.resume()
}

/**
 * A page that was loaded again may not sound before it is touched again, so what was chosen before is made ready at
 * the first touch of any kind. The answer takes that back.
 */
export function readyAtFirstTouch(): () => void {
  const stop = new AbortController()
  const touched = () => {
    stop.abort()
    if (wantsSound()) unlock()
  }
  for (const kind of ['pointerdown', 'keydown']) addEventListener(kind, touched, { signal: stop.signal })
  return () => stop.abort()
}

function chime(volume: number) {
  if (!audio) return
  ;[659, 880].forEach((pitch, at) => {
    const tone = audio!.createOscillator()
    const loud = audio!.createGain()
    const from = audio!.currentTime + at * 0.18
    tone.frequency.value = pitch
    loud.gain.setValueAtTime(volume, from)
    loud.gain.exponentialRampToValueAtTime(0.0001, from + 0.5)
    tone.connect(loud).connect(audio!.destination)
    tone.start(from)
    tone.stop(from + 0.5)
  })
}

export type Notices = 'impossible' | 'denied' | 'off' | 'on'

export function notices(): Notices {
  if (!('Notification' in globalThis)) return 'impossible'
  if (Notification.permission === 'denied') return 'denied'
  return Notification.permission === 'granted' && localStorage.getItem(keptNotice) === 'on' ? 'on' : 'off'
}

/** Asks the browser for leave, where it has not been given yet. */
export async function setNotices(on: boolean): Promise<Notices> {
  localStorage.setItem(keptNotice, on ? 'on' : 'off')
  if (on && Notification.permission === 'default') await Notification.requestPermission()
  return notices()
}

function notify(title: string, body: string): void {
  if (notices() !== 'on' || (document.visibilityState === 'visible' && document.hasFocus())) return
  try {
    const shown = new Notification(title, { body, tag: 'frontrow-turn' })
    shown.onclick = () => {
      focus()
      shown.close()
    }
  } catch {
    // Chromium on Android has the name and refuses the thing; the title and the sound say it there.
  }
}

/** Once, when it is the person's turn: as they have chosen. */
export function call(title: string, body: string): void {
  notify(title, body)
  if (!wantsSound()) return
  unlock()
  chime(0.15)
}
