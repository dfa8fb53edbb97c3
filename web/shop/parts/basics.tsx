import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { Refused, Unreachable } from '../../shared/api'
import { t } from '../texts'

/** The page's heading: where a reader arrives after a move. */
export function Title(props: { children: ComponentChildren; tab?: string }) {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    document.title = props.tab ? `${props.tab} · ${t('brand')}` : t('brand')
  }, [props.tab])
  useEffect(() => heading.current?.focus({ preventScroll: true }), [])
  return (
    <h1 ref={heading} tabIndex={-1}>
      {props.children}
    </h1>
  )
}

export function whyOf(error: unknown): string {
  if (error instanceof Unreachable || (error instanceof Refused && error.status >= 500)) return t('unreachable')
  if (error instanceof Refused && error.status === 404) return t('notFound')
  return t('trouble', { why: error instanceof Error ? error.message : String(error) })
}

export function Trouble(props: { error: unknown; again?: () => void }) {
  if (!props.error) return null
  return (
    <div class="notice bad" role="alert">
      <p>{whyOf(props.error)}</p>
      {props.again && (
        <button type="button" class="button quiet" onClick={props.again}>
          {t('retry')}
        </button>
      )}
    </div>
  )
}

/** Instead of a page that did not come. */
export function Failed(props: { error: unknown; again: () => void }) {
  return (
    <div class="narrow">
      <Title tab={t('failed')}>{t('failed')}</Title>
      <Trouble {...props} />
    </div>
  )
}

export function Loading() {
  return (
    <p class="loading" role="status">
      {t('loading')}
    </p>
  )
}

/** How much of a hall is still free. */
export function Fill(props: { free: number | null; all: number }) {
  const free = props.free ?? props.all
  return (
    <svg class="fill" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
      <rect width="100" height="4" class="fill-all" />
      <rect width={props.all ? (100 * free) / props.all : 0} height="4" class="fill-free" />
    </svg>
  )
}
