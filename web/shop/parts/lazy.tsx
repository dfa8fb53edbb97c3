import type { ComponentType } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { Failed, Loading } from './basics'

/** A page that is fetched when it is first shown: the first page stays small. */
export function lazyPage<Props extends object>(load: () => Promise<ComponentType<Props>>): ComponentType<Props> {
  let loaded: ComponentType<Props> | undefined
  return function Page(props: Props) {
    const [, setTurn] = useState(0)
    const [error, setError] = useState<unknown>()
    useEffect(() => {
      if (loaded) return
      load()
        .then((page) => {
          loaded = page
          setTurn((before) => before + 1)
        })
        .catch(setError)
    }, [error])
    if (loaded) {
      const Loaded = loaded
      return <Loaded {...props} />
    }
    return error ? <Failed error={error} again={() => location.reload()} /> : <Loading />
  }
}
