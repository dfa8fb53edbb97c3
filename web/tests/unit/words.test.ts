// @vitest-environment jsdom
import { beforeEach, describe, expect, test } from 'vitest'
import { match } from '../../shared/route'
import { language, minutes, money, remembered, speak } from '../../shared/words'
import { patterns } from '../../shop/routes'
import { t } from '../../shop/texts'

beforeEach(() => localStorage.clear())

describe('words', () => {
  test('are said in the language in force, which is remembered', () => {
    speak('ko')
    expect(t('myTickets')).toBe('내 티켓')
    expect(document.documentElement.lang).toBe('ko')
    expect(remembered()).toBe('ko')
    speak('en')
    expect(t('myTickets')).toBe('My tickets')
    expect(language.value).toBe('en')
  })
  test('one and many differ, and figures are written as the language does', () => {
    speak('en')
    expect(t('seatsLeft', { count: 1 })).toBe('1 seat left')
    expect(t('seatsLeft', { count: 2_000 })).toBe('2,000 seats left')
    speak('ko')
    expect(t('ahead', { count: 2_000 })).toBe('앞에 2,000명이 있습니다')
  })
  test('won have no decimals', () => {
    for (const which of ['ko', 'en'] as const) {
      speak(which)
      expect(money(150_000)).toBe('₩150,000')
    }
  })
  test('a countdown never shows less than what is left', () => {
    expect(minutes(61_001)).toBe('1:02')
    expect(minutes(0)).toBe('0:00')
    expect(minutes(-5)).toBe('0:00')
  })
})

describe('paths', () => {
  test('lead to their pages with their values', () => {
    expect(match('/', patterns)).toEqual({ name: 'home', values: {} })
    expect(match('/concerts/12/wait', patterns)).toEqual({ name: 'wait', values: { concertId: '12' } })
    expect(match('/tickets/p1-4', patterns)).toEqual({ name: 'ticket', values: { paymentId: 'p1-4' } })
    expect(match('/nowhere/at/all', patterns)).toBeNull()
  })
})
