import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { useApp } from '../app-context.ts'
import { useStore } from '../state/store.ts'

/** Asks the browser for notifications, or says why there are none on this page. */
export function NotifySwitch(): JSX.Element {
  const app = useApp()
  const words = useStore(app.words)
  const isOn = useStore(app.preferences, (preferences) => preferences.notify)
  const [isBlocked, setBlocked] = useState(false)
  if (!isSecureContext || typeof Notification === 'undefined') {
    return <p class="soft small">{words.t('settings.insecure')}</p>
  }
  async function change(wanted: boolean): Promise<void> {
    const allowed = !wanted || (await Notification.requestPermission()) === 'granted'
    setBlocked(!allowed)
    app.preferences.set({ ...app.preferences.get(), notify: wanted && allowed })
  }
  return (
    <label class="choice">
      <input
        type="checkbox"
        checked={isOn && Notification.permission === 'granted'}
        onChange={(event) => void change(event.currentTarget.checked)}
      />
      {words.t('alerts.notify')}
      {isBlocked ? <span class="tone-amber">{words.t('alerts.notifyBlocked')}</span> : null}
    </label>
  )
}
