import { useEffect, useRef } from 'preact/hooks'

/** A question that must be answered before anything else happens. */
export function Confirm(props: { text: string; yes: string; no: string; onYes: () => void; onNo: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    dialog.current?.showModal?.()
  }, [])
  return (
    <dialog ref={dialog} class="confirm" aria-labelledby="confirm-text" onCancel={props.onNo}>
      <p id="confirm-text">{props.text}</p>
      <div class="actions">
        <button type="button" class="button quiet" onClick={props.onNo}>
          {props.no}
        </button>
        <button type="button" class="button danger" onClick={props.onYes}>
          {props.yes}
        </button>
      </div>
    </dialog>
  )
}
