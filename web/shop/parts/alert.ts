/** Ways to say "it is your turn" to someone who looks elsewhere. */

const keptSound = 'frontrow.sound'

export const wantsSound = () => localStorage.getItem(keptSound) === 'on'

let audio: AudioContext | undefined

/** Browsers let a page sound only after a person has touched it: choosing this is such a touch. */
export function setSound(on: boolean): void {
  localStorage.setItem(keptSound, on ? 'on' : 'off')
  if (on) {
    audio ??= new AudioContext()
    void audio.resume()
    chime(0.04)
  }
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

export function alarm(): void {
  if (!wantsSound()) return
  audio ??= new AudioContext()
  void audio.resume()
  chime(0.15)
}

export const mayNotify = () => 'Notification' in globalThis && Notification.permission === 'granted'

export function notify(title: string, body: string): void {
  if (mayNotify() && document.visibilityState === 'hidden') new Notification(title, { body, tag: 'frontrow-turn' })
}
