import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { clean } from '../../../src/format/clean.ts'
import { capitals, providerTitle } from '../../../src/format/provider-names.ts'
import { statusTone, type Tone } from '../../../src/format/status-words.ts'
import { verdictTone } from '../../../src/format/verdict-words.ts'
import { type AccountDocument, type AccountLines, type EpochMs, fromIso, linesOf } from '../../../src/model/index.ts'
import { useApp } from '../app-context.ts'
import { linkTo } from '../state/location.ts'
import { useStore } from '../state/store.ts'
import { accountVerdict, worstLine } from '../view/lines.ts'
import type { Words } from '../words/words.ts'
import { WithCommands } from './copy.tsx'
import { LiveText } from './live-text.tsx'
import { memo } from './memo.ts'
import { Name } from './name.tsx'
import { QuotaLine } from './quota-line.tsx'
import { VerdictMark } from './verdict-mark.tsx'

interface AccountCardProps {
  readonly account: AccountDocument
  /** Whether the service's name stands before the account's (not under a heading that says it). */
  readonly withProvider: boolean
  /** Only the quota to look at first, on one line with the name. */
  readonly isShort: boolean
}

/** One account: who, how fresh, how it stands, and its quotas. The same element as row and as card. */
export const AccountCard = memo(function AccountCard({
  account,
  withProvider,
  isShort,
}: AccountCardProps): JSX.Element {
  const app = useApp()
  const words = useStore(app.words)
  const [isOpen, setOpen] = useState(false)
  const { main, more } = shownLines(account, isShort, app.ticker.now(), words)
  return (
    <article
      class="account"
      data-account={account.id}
      aria-label={`${providerTitle(account.provider)}, ${clean(account.name)}`}
    >
      <AccountTitle account={account} words={words} withProvider={withProvider} />
      {main.length === 0 ? (
        <p class="soft account-empty">
          <WithCommands text={clean(words.problem(account, app.ticker.now()) ?? words.t('quota.none'))} />
        </p>
      ) : (
        <ul class="lines">
          {main.map((line) => (
            <QuotaLine key={line.key} line={line} account={account} isShort={isShort} />
          ))}
          {isOpen ? more.map((line) => <QuotaLine key={line.key} line={line} account={account} isInner />) : null}
        </ul>
      )}
      {more.length === 0 ? null : (
        <button type="button" class="fold" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {isOpen ? words.t('quota.hideModels') : words.n('quota.models', more.length)}
        </button>
      )}
    </article>
  )
})

function shownLines(account: AccountDocument, isShort: boolean, now: EpochMs, words: Words): AccountLines {
  const lines = linesOf(account, (pool) => words.t('quota.pool', capitals(pool)))
  if (!isShort) return lines
  const worst = worstLine(account, lines, now)
  return { main: worst === null ? [] : [{ ...worst, members: [] }], more: [] }
}

interface TitleProps {
  readonly account: AccountDocument
  readonly words: Words
  readonly withProvider: boolean
}

function AccountTitle({ account, words, withProvider }: TitleProps): JSX.Element {
  const { tone, word } = useStanding(account, words)
  const observedAt = fromIso(account.observedAt)
  return (
    <div class="account-title">
      <h3>
        <a href={linkTo('account', account.id)}>
          {withProvider ? <span class="provider">{providerTitle(account.provider)} · </span> : null}
          <Name text={account.name} />
        </a>
      </h3>
      {account.plan === null ? null : <span class="soft plan">{clean(account.plan.name ?? account.plan.id)}</span>}
      {account.active ? <span class="tag">{words.t('account.active')}</span> : null}
      <LiveText class="soft age" text={(now) => words.age(observedAt, now)} />
      <span class={`standing tone-${tone}`}>
        <VerdictMark tone={tone} />
        <span class="word">{word}</span>
      </span>
    </div>
  )
}

/** How the account stands, in a word or two: its problem, else its worst quota. */
export function useStanding(account: AccountDocument, words: Words): { readonly tone: Tone; readonly word: string } {
  const { ticker } = useApp()
  if (account.status !== 'ok' && account.status !== 'stale') {
    return { tone: statusTone(account.status), word: words.status(account) }
  }
  const verdict = accountVerdict(account, ticker.now())
  if (verdict === null) return { tone: statusTone(account.status), word: words.status(account) }
  return { tone: verdictTone(verdict), word: words.verdictWord(verdict) }
}
