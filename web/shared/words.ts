import { signal } from '@preact/signals'
import i18next from 'i18next'

export type Language = 'ko' | 'en'
export const languages: Record<Language, string> = { ko: '한국어', en: 'English' }

const kept = 'frontrow.language'

/** The language in force; components that read it are drawn again when it changes. */
export const language = signal<Language>('en')

export function remembered(): Language {
  const before = localStorage.getItem(kept)
  if (before === 'ko' || before === 'en') return before
  return navigator.languages.some((each) => each.toLowerCase().startsWith('ko')) ? 'ko' : 'en'
}

/** Words by key, in both languages: one without the other does not compile. */
export function words<Key extends string>(en: Record<Key, string>, ko: Record<NoInfer<Key>, string>) {
  const own = i18next.createInstance()
  void own.init({
    lng: 'en',
    fallbackLng: 'en',
    initAsync: false,
    showSupportNotice: false,
    keySeparator: false,
    nsSeparator: false,
    interpolation: { escapeValue: false }, // Preact escapes
    resources: { en: { translation: en }, ko: { translation: ko } },
  })
  /** `count` chooses between key_one and key_other. */
  type Base = Key extends `${infer Name}_${'one' | 'other'}` ? Name : Key
  return (key: Base, values: Record<string, string | number> = {}): string => {
    const said: Record<string, string | number> = { ...values, lng: language.value }
    for (const [name, value] of Object.entries(values))
      if (typeof value === 'number' && name !== 'count') said[name] = number(value)
    if (typeof values['count'] === 'number') said['n'] = number(values['count'])
    return own.t(key, said)
  }
}

export function speak(which: Language): void {
  localStorage.setItem(kept, which)
  language.value = which
  document.documentElement.lang = which
}

const locales: Record<Language, string> = { ko: 'ko-KR', en: 'en-GB' }
const locale = () => locales[language.value]

export const number = (value: number) => new Intl.NumberFormat(locale()).format(value)

/** Won has no smaller unit: an amount is a number of won. */
export const money = (value: number) =>
  new Intl.NumberFormat(locale(), { style: 'currency', currency: 'KRW', currencyDisplay: 'narrowSymbol' }).format(
    value,
  )

const timeZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone
export const dateTime = (at: string) =>
  new Intl.DateTimeFormat(locale(), { dateStyle: 'full', timeStyle: 'short', timeZone: timeZone() }).format(
    new Date(at),
  )
export const shortDateTime = (at: string) =>
  new Intl.DateTimeFormat(locale(), { dateStyle: 'medium', timeStyle: 'short', timeZone: timeZone() }).format(
    new Date(at),
  )
export const clockTime = (at: number) =>
  new Intl.DateTimeFormat(locale(), { timeStyle: 'medium', timeZone: timeZone() }).format(new Date(at))

/** 4:05, for a countdown. */
export function minutes(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1_000))
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}
