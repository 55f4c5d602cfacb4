import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { clean } from '../../../src/format/clean.ts'
import { verdictTone } from '../../../src/format/verdict-words.ts'
import {
  type AccountDocument,
  type AccountLine,
  type EpochMs,
  fromIso,
  isOutdated,
  type QuotaDocument,
  verdictOf,
} from '../../../src/model/index.ts'
import { useApp } from '../app-context.ts'
import { useStore } from '../state/store.ts'
import { barMarks } from '../view/lines.ts'
import type { Words } from '../words/words.ts'
import { Bar } from './bar.tsx'
import { Changed } from './changed.tsx'
import { LiveText } from './live-text.tsx'

interface QuotaLineProps {
  readonly line: AccountLine
  readonly account: AccountDocument
  /** A quota behind another line: smaller, and without a fold of its own. */
  readonly isInner?: boolean
  /** A line of a table whose head says what each column is. */
  readonly isShort?: boolean
}

/** One quota: name, bar, what is left, what is to be expected, when it comes back. */
export function QuotaLine({ line, account, isInner = false, isShort = false }: QuotaLineProps): JSX.Element {
  const app = useApp()
  const words = useStore(app.words)
  const figure = useStore(app.preferences, (preferences) => preferences.figure)
  const [isOpen, setOpen] = useState(false)
  const { quota } = line
  const now = app.ticker.now()
  const isStale = isOutdated(account, now)
  const verdict = verdictOf(quota, now, isStale)
  const tone = verdictTone(verdict)
  const value = valueText(quota, figure, words)
  const ratio = quota.due ? null : figure === 'left' ? quota.remainingRatio : quota.usedRatio
  const label = clean(line.label)
  return (
    <li
      class={`line ${isInner ? 'inner' : ''} ${quota.remainingRatio === null ? 'no-share' : ''}`}
      data-quota={quota.id}
    >
      <span class="line-name" title={label}>
        {label}
        {line.members.length > 0 ? (
          <button type="button" class="fold" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
            {words.n('quota.models', line.members.length)}
          </button>
        ) : null}
      </span>
      {quota.unlimited || (quota.remainingRatio === null && !quota.due) ? (
        <span class="bar none" />
      ) : (
        <Bar
          ratio={ratio}
          tone={tone}
          marks={barMarks(quota, now)}
          isLeft={figure === 'left'}
          label={words.t('quota.bar', label, value)}
        />
      )}
      <Changed value={value} class={`line-value ${quota.due ? 'soft' : ''}`}>
        {value}
      </Changed>
      <span class={`line-verdict tone-${tone}`}>
        {expectation(quota, words, now, isStale).map(({ text, kind }, index) => (
          <span key={kind} class={`part ${kind}`}>
            {index === 0 ? text : `· ${text}`}
          </span>
        ))}
      </span>
      <ResetText quota={quota} words={words} isShort={isShort} />
      {isOpen ? (
        <ul class="inner-lines">
          {line.members.map((member) => (
            <QuotaLine
              key={member.id}
              line={{ key: member.id, label: member.label, quota: member, members: [] }}
              account={account}
              isInner
            />
          ))}
        </ul>
      ) : null}
    </li>
  )
}

/** The number of a quota with its word. What has no share says its amount; a window that has just ended says so. */
function valueText(quota: QuotaDocument, figure: 'left' | 'used', words: Words): string {
  if (quota.unlimited) return '∞'
  if (quota.due) return '…'
  const ratio = figure === 'left' ? quota.remainingRatio : quota.usedRatio
  if (ratio !== null) return figure === 'left' ? words.left(ratio) : words.used(ratio)
  return words.amounts(quota) ?? '–'
}

interface Part {
  /** Where there is little room, the pace goes first. */
  readonly kind: 'verdict' | 'pace' | 'amounts' | 'overage' | 'inferred' | 'older'
  readonly text: string
}

/** What is to be expected; amounts stand here where the share has the place of the number. */
function expectation(
  quota: QuotaDocument,
  words: Words,
  now: Parameters<Words['age']>[1],
  isStale: boolean,
): readonly Part[] {
  const isCounted = quota.kind === 'spend' || quota.kind === 'count'
  const verdict = isCounted && quota.level === 'unknown' && !quota.due ? '' : words.verdict(quota, now, isStale)
  const pace = isStale || quota.due ? '' : words.pace(quota)
  const amounts = quota.remainingRatio === null || quota.due ? null : words.amounts(quota)
  const olderThan = fromIso(quota.observedAt)
  const older = olderThan === null ? null : words.t('quota.olderValue', words.age(olderThan, now))
  const overage = quota.overageAllowed && quota.level === 'exhausted' ? words.t('quota.overage') : null
  const inferred = quota.inferred ? words.t('quota.inferred') : null
  const parts = Object.entries({ verdict, pace, amounts, overage, inferred, older })
  return parts.flatMap(([kind, text]) => (text === null || text === '' ? [] : [{ kind: kind as Part['kind'], text }]))
}

interface ResetProps {
  readonly quota: QuotaDocument
  readonly words: Words
  readonly isShort: boolean
}

function ResetText({ quota, words, isShort }: ResetProps): JSX.Element {
  const at = fromIso(quota.resetsAt)
  if (at === null) return <span class="line-reset" />
  const when = (now: EpochMs): string => `${words.instant(at, now)} (${words.countdown(at, now)})`
  const said = (now: EpochMs): string =>
    at <= now ? words.t('quota.resetsNow') : `${words.t('quota.resets')} ${when(now)}`
  if (!isShort) return <LiveText class="line-reset" text={said} />
  return (
    <span class="line-reset">
      <span class="hidden">{words.t('quota.resets')} </span>
      <LiveText text={(now) => (at <= now ? words.t('quota.resetsNow') : when(now))} />
    </span>
  )
}
