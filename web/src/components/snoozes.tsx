import type { JSX } from 'preact'
import { clean } from '../../../src/format/clean.ts'
import { fromIso, type Snooze } from '../../../src/model/index.ts'
import { useApp } from '../app-context.ts'
import type { Words } from '../words/words.ts'
import { say } from './refresh.ts'

interface SnoozesProps {
  readonly snoozes: readonly Snooze[]
  readonly words: Words
  readonly onChange: () => void
}

/** What nothing is said about for a while, each with the button that ends it. */
export function Snoozes({ snoozes, words, onChange }: SnoozesProps): JSX.Element | null {
  const app = useApp()
  async function end(id: string): Promise<void> {
    try {
      await app.api.send('DELETE', `/api/v1/alerts/snoozes/${encodeURIComponent(id)}`)
      say(app, words.t('alerts.unsnoozed'))
      onChange()
    } catch (error) {
      say(app, error instanceof Error ? error.message : words.t('error.title'))
    }
  }
  if (snoozes.length === 0) return null
  return (
    <section>
      <h2>{words.t('alerts.snoozes')}</h2>
      <ul class="facts">
        {snoozes.map(({ id, rule, account, quota, until }) => {
          const at = fromIso(until)
          const about = [rule, account, quota].filter((part) => part !== null)
          return (
            <li key={id}>
              <span dir="auto">
                {about.map(clean).join(' · ')}{' '}
                <span class="soft small">
                  {at === null ? null : words.t('alerts.until', words.instant(at, app.ticker.now()))}
                </span>
              </span>
              <button type="button" class="quiet small" onClick={() => void end(id)}>
                {words.t('alerts.unsnooze')}
              </button>
            </li>
          )
        })}
      </ul>
    </section>
  )
}
