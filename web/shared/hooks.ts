import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { serverNow } from './api'

export interface Loaded<Value> {
  value: Value | undefined
  error: unknown
  /** Asks again; what is shown stays until the answer is there. */
  again: () => void
}

/** Loads when `key` changes, and when asked to. */
export function useLoaded<Value>(key: string, load: (signal: AbortSignal) => Promise<Value>): Loaded<Value> {
  const [state, setState] = useState<{ key: string; value?: Value; error?: unknown }>({ key })
  const [turn, setTurn] = useState(0)
  const latest = useRef(load)
  latest.current = load
  useEffect(() => {
    const stop = new AbortController()
    latest
      .current(stop.signal)
      .then((value) => !stop.signal.aborted && setState({ key, value }))
      .catch((error) => !stop.signal.aborted && setState((before) => ({ ...before, key, error })))
    return () => stop.abort()
  }, [key, turn])
  const again = useCallback(() => setTurn((before) => before + 1), [])
  const same = state.key === key
  return { value: same ? state.value : undefined, error: same ? state.error : undefined, again }
}

/** Milliseconds until a moment of the server's clock, told anew several times a second; 0 when it is over. */
export function useRemaining(until: number | undefined): number {
  const left = () => (until === undefined ? 0 : Math.max(0, until - serverNow()))
  const [ms, setMs] = useState(left)
  useEffect(() => {
    setMs(left())
    if (until === undefined) return
    const timer = setInterval(() => setMs(left()), 250)
    return () => clearInterval(timer)
  }, [until])
  return ms
}

/** A thing that a person does: one at a time, however often they click. `key` is the same until it has succeeded. */
export function useAction<Args extends unknown[]>(
  act: (key: string, ...args: Args) => Promise<void>,
  newKey: () => string,
) {
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  const running = useRef(false)
  const key = useRef<string>()
  const run = async (...args: Args) => {
    if (running.current) return
    running.current = true
    setBusy(true)
    setError(undefined)
    key.current ??= newKey()
    try {
      await act(key.current, ...args)
      key.current = undefined
    } catch (failure) {
      // Refused means that nothing happened: the next try is a new thing. Otherwise it may have: the same key again.
      if ((failure as { status?: number }).status !== undefined && (failure as { status: number }).status < 500)
        key.current = undefined
      setError(failure)
    } finally {
      running.current = false
      setBusy(false)
    }
  }
  return { run, busy, error, forget: () => setError(undefined) }
}
