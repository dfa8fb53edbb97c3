import type { ComponentChildren } from 'preact'
import { useEffect } from 'preact/hooks'
import { Refused, Unreachable } from '../../shared/api'

export const figure = (value: number, digits = 0) =>
  value.toLocaleString('en-GB', { maximumFractionDigits: digits, minimumFractionDigits: digits })

export const milliseconds = (seconds: number | undefined) =>
  seconds === undefined ? '–' : `${figure(seconds * 1_000, seconds < 0.01 ? 1 : 0)} ms`

export const time = (at: string) =>
  new Date(at).toLocaleTimeString('en-GB', { hour12: false }) + '.' + at.slice(20, 23)

export function Title(props: { children: string }) {
  useEffect(() => {
    document.title = `${props.children} · Frontrow console`
  }, [props.children])
  return <h1 tabIndex={-1}>{props.children}</h1>
}

export function Trouble({ error }: { error: unknown }) {
  if (!error) return null
  const text =
    error instanceof Unreachable
      ? 'This node does not answer.'
      : error instanceof Refused
        ? `${error.code || error.status}: ${error.message}`
        : String(error)
  return (
    <p class="notice bad" role="alert">
      {text}
    </p>
  )
}

export function Tile(props: { name: string; value: ComponentChildren; note?: string }) {
  return (
    <div class="tile">
      <dt>{props.name}</dt>
      <dd>
        {props.value}
        {props.note && <small>{props.note}</small>}
      </dd>
    </div>
  )
}
