import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { clean } from '../../../src/format/clean.ts'
import { fromIso, type Rehearsal } from '../../../src/model/index.ts'
import { useApp } from '../app-context.ts'
import { linkTo } from '../state/location.ts'
import { useStore } from '../state/store.ts'
import { plainCommands } from './copy.tsx'
import { say } from './refresh.ts'

const SINCE = '7d'
const MOST_ROWS = 50

/** What the rules would have said over the last days: a rule is tried before it wakes somebody. */
export function RehearsalSection(): JSX.Element {
  const app = useApp()
  const words = useStore(app.words)
  const [rehearsal, setRehearsal] = useState<Rehearsal | null>(null)
  const [isBusy, setBusy] = useState(false)
  async function rehearse(): Promise<void> {
    setBusy(true)
    try {
      const done = await app.api.get<Rehearsal>(`/api/v1/alerts/rehearse?since=${SINCE}`)
      if (done === null) say(app, words.t('alerts.notHere'))
      setRehearsal(done)
    } catch (error) {
      say(app, error instanceof Error ? error.message : words.t('error.title'))
    } finally {
      setBusy(false)
    }
  }
  return (
    <section class="stack">
      <h2>{words.t('alerts.rehearse')}</h2>
      <p class="soft small">{words.t('alerts.rehearseHint')}</p>
      <p>
        <button type="button" disabled={isBusy} onClick={() => void rehearse()}>
          {words.t('alerts.rehearseNow')}
        </button>
      </p>
      <div role="status">{rehearsal === null ? null : <Result rehearsal={rehearsal} />}</div>
    </section>
  )
}

function Result({ rehearsal }: { readonly rehearsal: Rehearsal }): JSX.Element {
  const app = useApp()
  const words = useStore(app.words)
  const newest = [...rehearsal.alerts].reverse()
  return (
    <>
      <ul class="facts">
        {rehearsal.rules.map((rule) => (
          <li key={rule.name}>
            <span dir="auto">{clean(rule.name)}</span>
            <span class="soft">
              {rule.rehearsable ? words.n('alerts.wouldFire', rule.fired) : words.t('alerts.notRehearsable')}
            </span>
          </li>
        ))}
      </ul>
      <ul class="facts">
        {newest.slice(0, MOST_ROWS).map((alert) => {
          const at = fromIso(alert.at)
          return (
            <li key={`${alert.rule} ${alert.account} ${alert.quota} ${alert.at}`}>
              <a href={linkTo('account', alert.account, { quota: alert.quota })} dir="auto">
                {plainCommands(clean(alert.message))}
              </a>
              <span class="soft small">{at === null ? alert.at : words.instant(at, app.ticker.now())}</span>
            </li>
          )
        })}
      </ul>
      {newest.length > MOST_ROWS ? <p class="soft small">{words.t('alerts.more', newest.length - MOST_ROWS)}</p> : null}
    </>
  )
}
