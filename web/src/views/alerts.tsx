import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { clean } from '../../../src/format/clean.ts'
import {
  type Alert,
  type AlertRuleInfo,
  type ChannelInfo,
  type ChannelTest,
  fromIso,
  type Snooze,
} from '../../../src/model/index.ts'
import { useApp } from '../app-context.ts'
import { Command, plainCommands, WithCommands } from '../components/copy.tsx'
import { NotifySwitch } from '../components/notify-switch.tsx'
import { say } from '../components/refresh.ts'
import { RehearsalSection } from '../components/rehearsal.tsx'
import { Snoozes } from '../components/snoozes.tsx'
import { Empty, Loading, Unreadable } from '../components/states.tsx'
import { useAnswer } from '../components/use-answer.ts'
import { VerdictMark } from '../components/verdict-mark.tsx'
import { linkTo } from '../state/location.ts'
import { useStore } from '../state/store.ts'
import { isAlert } from '../view/alert.ts'
import type { Words } from '../words/words.ts'
import '../styles/account.css'
import '../styles/analytics.css'

const FIRST_ALERTS = 25

interface AlertsDocument {
  readonly alerts: readonly Alert[]
  readonly rules: readonly AlertRuleInfo[]
  readonly channels: readonly ChannelInfo[]
  readonly snoozes: readonly Snooze[]
}

/** What fired, what still does, and how to be told. */
export function AlertsView(): JSX.Element {
  const app = useApp()
  const words = useStore(app.words)
  const live = useStore(app.board, (board) => board.alerts)
  const answer = useAnswer(`alerts ${live.length}`, () => app.api.get<AlertsDocument>('/api/v1/alerts'))
  const stored = answer.value?.alerts ?? []
  const [isLong, setLong] = useState(false)
  const alerts = newestOf([...live.filter(isAlert), ...stored])
  return (
    <div class="view">
      <header class="view-head">
        <h1>{words.t('alerts.title')}</h1>
        <NotifySwitch />
      </header>
      <section>
        <h2>{words.t('alerts.log')}</h2>
        {answer.error !== null && answer.value === null ? <Unreadable onRetry={answer.retry} /> : null}
        {answer.isLoading && answer.value === null ? <Loading /> : null}
        {!answer.isLoading && answer.error === null && alerts.length === 0 ? (
          <Empty text={words.t(answer.value === null ? 'alerts.unavailable' : 'alerts.none')}>
            {words.t('alerts.noneHint')}
          </Empty>
        ) : null}
        <ul class="alert-log">
          {alerts.slice(0, isLong ? alerts.length : FIRST_ALERTS).map((alert) => (
            <AlertRow key={alert.id} alert={alert} words={words} onChange={answer.retry} />
          ))}
        </ul>
        {alerts.length > FIRST_ALERTS ? (
          <button type="button" class="fold" aria-expanded={isLong} onClick={() => setLong(!isLong)}>
            {isLong ? words.t('overview.fewer') : words.t('alerts.more', alerts.length - FIRST_ALERTS)}
          </button>
        ) : null}
      </section>
      {answer.value === null ? null : (
        <div class="setting-grid">
          <Snoozes snoozes={answer.value.snoozes} words={words} onChange={answer.retry} />
          <Rules rules={answer.value.rules} words={words} />
          <Channels channels={answer.value.channels} words={words} />
        </div>
      )}
      {answer.value === null ? null : <RehearsalSection />}
      <section class="setting-row">
        <span class="soft">{words.t('alerts.terminal')}</span>
        <Command text="tokstat alerts list" />
        <Command text="tokstat alerts test" />
        <Command text="tokstat alerts rehearse" />
      </section>
    </div>
  )
}

/** One entry an id: what came live is also in the log, and the newest says how it stands. */
function newestOf(alerts: readonly Alert[]): readonly Alert[] {
  const byId = new Map<string, Alert>()
  for (const alert of alerts) if (!byId.has(alert.id)) byId.set(alert.id, alert)
  return [...byId.values()].sort((a, b) => (a.at < b.at ? 1 : -1))
}

interface AlertRowProps {
  readonly alert: Alert
  readonly words: Words
  readonly onChange: () => void
}

function AlertRow({ alert, words, onChange }: AlertRowProps): JSX.Element {
  const app = useApp()
  const at = fromIso(alert.at)
  const isFiring = alert.state === 'firing'
  const tone = isFiring ? (alert.severity === 'critical' ? 'red' : 'amber') : 'grey'
  async function tell(what: 'snooze' | 'acknowledge', body?: unknown): Promise<void> {
    try {
      const done = await app.api.send('POST', `/api/v1/alerts/${encodeURIComponent(alert.id)}/${what}`, body)
      const said = what === 'snooze' ? 'alerts.snoozed' : 'alerts.acknowledged'
      say(app, words.t(done === null ? 'alerts.notHere' : said))
      onChange()
    } catch (error) {
      say(app, error instanceof Error ? error.message : words.t('error.title'))
    }
  }
  return (
    <li>
      <VerdictMark tone={tone} />
      <span dir="auto">
        {alert.account === null ? (
          <WithCommands text={clean(alert.message)} />
        ) : (
          <a href={linkTo('account', alert.account)}>{plainCommands(clean(alert.message))}</a>
        )}
        <span class="soft small alert-about">
          {clean(alert.rule)}
          <Deliveries alert={alert} words={words} />
        </span>
      </span>
      <span class="soft small">
        {at === null ? null : words.instant(at, app.ticker.now())} · {words.t(`alerts.${alert.state}`)}
        {isFiring ? <SnoozedUntil alert={alert} words={words} /> : null}
      </span>
      {isFiring ? (
        <span class="small">
          <button type="button" class="quiet" onClick={() => void tell('snooze', { for: '1h' })}>
            {words.t('alerts.snooze')}
          </button>
          {alert.acknowledgedAt === null ? (
            <button type="button" class="quiet" onClick={() => void tell('acknowledge')}>
              {words.t('alerts.acknowledge')}
            </button>
          ) : null}
        </span>
      ) : (
        <span />
      )}
    </li>
  )
}

function SnoozedUntil({ alert, words }: { readonly alert: Alert; readonly words: Words }): JSX.Element | null {
  const now = useApp().ticker.now()
  const until = fromIso(alert.snoozedUntil)
  if (until === null || until <= now) return null
  return <> · {`${words.t('alerts.snoozes')} ${words.t('alerts.until', words.instant(until, now))}`}</>
}

function Deliveries({ alert, words }: { readonly alert: Alert; readonly words: Words }): JSX.Element | null {
  if ((alert.deliveries ?? []).length === 0) return null
  return (
    <>
      {alert.deliveries.map((delivery) => (
        <span key={delivery.channel}>
          {' · '}
          {words.t(delivery.state === 'failed' ? 'alerts.notDelivered' : 'alerts.delivered', clean(delivery.channel))}
        </span>
      ))}
    </>
  )
}

function Rules({ rules, words }: { readonly rules: readonly AlertRuleInfo[]; readonly words: Words }): JSX.Element {
  return (
    <section>
      <h2>{words.t('alerts.rules')}</h2>
      <ul class="facts">
        {rules.map((rule) => (
          <li key={rule.name}>
            <span>{clean(rule.name)}</span>
            <span class="soft small">
              <code dir="ltr">{clean(rule.when)}</code>
              {rule.notify.length > 0 ? `, ${words.t('alerts.toChannels', rule.notify.map(clean).join(', '))}` : ''}
            </span>
          </li>
        ))}
      </ul>
    </section>
  )
}

function Channels({
  channels,
  words,
}: {
  readonly channels: readonly ChannelInfo[]
  readonly words: Words
}): JSX.Element {
  const app = useApp()
  async function test(channel: string): Promise<void> {
    try {
      const done = await app.api.send<ChannelTest>('POST', `/api/v1/alerts/test/${encodeURIComponent(channel)}`)
      if (done === null) say(app, words.t('alerts.notHere'))
      else say(app, done.delivered ? words.t('alerts.tested') : words.t('alerts.testFailed', clean(done.error ?? '')))
    } catch (error) {
      say(app, error instanceof Error ? error.message : words.t('error.title'))
    }
  }
  return (
    <section>
      <h2>{words.t('alerts.channels')}</h2>
      {channels.length === 0 ? <p class="soft">{words.t('alerts.noChannels')}</p> : null}
      <ul class="facts">
        {channels.map((channel) => (
          <li key={channel.name}>
            <span>
              {clean(channel.name)} <span class="soft small">{`${channel.type} · ${clean(channel.target)}`}</span>
              {channel.lastError === null ? null : <span class="tone-amber small"> {clean(channel.lastError)}</span>}
              {channel.waiting > 0 ? (
                <span class="soft small"> {words.t('alerts.channelWaiting', channel.waiting)}</span>
              ) : null}
            </span>
            <button type="button" class="quiet small" onClick={() => void test(channel.name)}>
              {words.t('alerts.test')}
            </button>
          </li>
        ))}
      </ul>
    </section>
  )
}
