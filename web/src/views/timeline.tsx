import type { JSX } from 'preact'
import { clean } from '../../../src/format/clean.ts'
import { percentText } from '../../../src/format/percent.ts'
import type { EpochMs } from '../../../src/model/index.ts'
import { useApp } from '../app-context.ts'
import { LiveText } from '../components/live-text.tsx'
import { Name } from '../components/name.tsx'
import { useNow } from '../components/now.ts'
import { EmptyWithout } from '../components/states.tsx'
import { linkTo } from '../state/location.ts'
import { useStore } from '../state/store.ts'
import { type ResetEntry, resetsByDay } from '../view/resets.ts'
import type { Words } from '../words/words.ts'
import '../styles/account.css'
import '../styles/analytics.css'

const MINUTE_MS = 60_000

/** The calendar of resets of all accounts. */
export function TimelineView(): JSX.Element | null {
  const app = useApp()
  const words = useStore(app.words)
  const document = useStore(app.board, (board) => board.document)
  const now = useNow(MINUTE_MS)
  if (document === null) return null
  const days = resetsByDay(document, now)
  return (
    <div class="view">
      <header class="view-head">
        <h1>{words.t('timeline.title')}</h1>
        <span class="soft">{words.t('timeline.hint')}</span>
        <a href={`${app.url}/api/v1/resets.ics`} title={words.t('timeline.icsHint')}>
          {words.t('timeline.ics')}
        </a>
      </header>
      {days.length === 0 ? <EmptyWithout text={words.t('timeline.none')} hint={words.t('timeline.noneHint')} /> : null}
      {days.map(({ day, at, entries }) => (
        <section key={day}>
          <h2>{dayTitle(at, now, words)}</h2>
          <ul class="timeline-day">
            {entries.map((entry, index) => (
              <Entry
                key={entry.key}
                entry={entry}
                isFirst={minuteOf(entries[index - 1]?.at) !== minuteOf(entry.at)}
                words={words}
              />
            ))}
          </ul>
        </section>
      ))}
    </div>
  )
}

/** What is shown of an instant; services tell the seconds too. */
function minuteOf(at: EpochMs | undefined): number | null {
  return at === undefined ? null : Math.floor(at / MINUTE_MS)
}

interface EntryProps {
  readonly entry: ResetEntry
  /** Not the first at its instant: the time above stands for it too. */
  readonly isFirst: boolean
  readonly words: Words
}

/** When, who, what, how much of it, in how long: a line of a timetable. */
function Entry({ entry, isFirst, words }: EntryProps): JSX.Element {
  const time = new Intl.DateTimeFormat(words.locale, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
  return (
    <li class={isFirst ? '' : 'same'}>
      <time dateTime={new Date(entry.at).toISOString()}>{time.format(entry.at)}</time>
      <a href={linkTo('account', entry.account)}>
        <Name text={entry.title} />
      </a>
      <span class="what soft" dir="auto">
        {entry.labels.map(clean).join(', ')}
      </span>
      <ComesBack ratio={entry.usedRatio} words={words} />
      <LiveText class="soft in" text={(now) => words.countdown(entry.at, now)} />
    </li>
  )
}

/** How much the reset gives back: a bar for the eye, and its number. */
function ComesBack({ ratio, words }: { readonly ratio: number | null; readonly words: Words }): JSX.Element {
  if (ratio === null || ratio < 0.005) return <span class="back" />
  return (
    <span class="back">
      <span class="bar" aria-hidden="true">
        <span class="fill" style={{ inlineSize: `${ratio * 100}%` }} />
      </span>
      {words.t('timeline.comesBack', percentText(ratio))}
    </span>
  )
}

function dayTitle(at: EpochMs, now: EpochMs, words: Words): string {
  const days = localDay(at) - localDay(now)
  if (days === 0) return words.t('timeline.today')
  if (days === 1) return words.t('timeline.tomorrow')
  return new Intl.DateTimeFormat(words.locale, { weekday: 'long', day: 'numeric', month: 'long' }).format(at)
}

function localDay(at: EpochMs): number {
  const date = new Date(at)
  return Math.round(Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / 86_400_000)
}
