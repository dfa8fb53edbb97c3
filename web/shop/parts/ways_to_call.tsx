import { useEffect, useState } from 'preact/hooks'
import { t } from '../texts'
import { notices, readyAtFirstTouch, setNotices, setSound, wantsSound } from './alert'

/** "Play a sound", "show a notification": nothing of the kind happens to anyone who has not asked for it here. */
export function WaysToCall() {
  const [sound, setSoundShown] = useState(wantsSound())
  const [notice, setNotice] = useState(notices())
  useEffect(readyAtFirstTouch, [])
  return (
    <>
      <label class="check">
        <input
          type="checkbox"
          checked={sound}
          onChange={(event) => {
            setSound(event.currentTarget.checked)
            setSoundShown(event.currentTarget.checked)
          }}
        />
        {t('soundOn')}
      </label>
      {notice !== 'impossible' && (
        <label class="check">
          <input
            type="checkbox"
            checked={notice === 'on'}
            disabled={notice === 'denied'}
            onChange={(event) => void setNotices(event.currentTarget.checked).then(setNotice)}
          />
          {notice === 'denied' ? t('notifyDenied') : t('notifyOn')}
        </label>
      )}
    </>
  )
}
