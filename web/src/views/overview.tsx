import type { JSX } from 'preact'
import { useMemo, useState } from 'preact/hooks'
import { clean } from '../../../src/format/clean.ts'
import { accountTitle, nextResets } from '../../../src/format/headline.ts'
import { capitals, providerTitle } from '../../../src/format/provider-names.ts'
import { statusTone } from '../../../src/format/status-words.ts'
import {
  type AccountsDocument,
  bestOfDocument,
  DEFAULT_RULES,
  type EpochMs,
  type Level,
} from '../../../src/model/index.ts'
import { useApp } from '../app-context.ts'
import { AccountCard } from '../components/account-card.tsx'
import { WithCommands } from '../components/copy.tsx'
import { FirstVisit } from '../components/first-visit.tsx'
import { LiveText } from '../components/live-text.tsx'
import { Name } from '../components/name.tsx'
import { useNow } from '../components/now.ts'
import { Toolbar } from '../components/toolbar.tsx'
import { useSlow } from '../components/use-slow.ts'
import { VerdictMark } from '../components/verdict-mark.tsx'
import { linkTo, type Place, withParameters } from '../state/location.ts'
import { useStore } from '../state/store.ts'
import { type AccountGroup, arrange, type Group, readArrangement } from '../view/arrange.ts'
import type { Words } from '../words/words.ts'

const MINUTE_MS = 60_000
const FIRST_PROBLEMS = 4
/** The summary is made of all accounts: it follows their changes, but not each of them. */
const SUMMARY_MS = 400

/** The answer first, then what needs somebody, then when it comes back, then everything else. */
export function Overview({ place }: { readonly place: Place }): JSX.Element | null {
  const app = useApp()
  const words = useStore(app.words)
  const document = useStore(app.board, (board) => board.document)
  const slow = useSlow(document, SUMMARY_MS)
  const layout = useStore(app.preferences, (preferences) => preferences.layout)
  const now = useNow(MINUTE_MS)
  const arrangement = readArrangement(place.parameters)
  const groups = useMemo(
    () => (document === null ? [] : arrange(document.accounts, arrangement, now)),
    [document, place, Math.floor(now / MINUTE_MS)],
  )
  if (document === null) return null
  if (document.accounts.length === 0) return <FirstVisit />
  return (
    <>
      <Answer document={slow ?? document} words={words} now={now} />
      <Attention document={slow ?? document} words={words} now={now} />
      <Toolbar place={place} arrangement={arrangement} />
      {groups.length === 0 ? (
        <div class="empty">
          <p>{words.t('overview.none')}</p>
          <button type="button" onClick={() => app.go(withParameters(place, { q: '', show: '' }), true)}>
            {words.t('overview.clear')}
          </button>
        </div>
      ) : (
        <div class={`accounts ${layout}`}>
          {layout === 'list' ? <ListHead words={words} /> : null}
          {groups.map((group) => (
            <GroupSection
              key={group.key}
              group={group}
              by={isGrouped(groups) ? arrangement.group : 'none'}
              isShort={layout === 'list'}
              words={words}
            />
          ))}
        </div>
      )}
      <Legend words={words} />
    </>
  )
}

/** What the columns of the list are. Each line says it again for those who do not see where it stands. */
function ListHead({ words }: { readonly words: Words }): JSX.Element {
  return (
    <div class="list-head soft small" aria-hidden="true">
      <span>{words.t('table.account')}</span>
      <span class="line">
        <span>{words.t('table.tightest')}</span>
        <span />
        <span />
        <span>{words.t('account.forecast')}</span>
        <span class="line-reset">{words.t('table.reset')}</span>
      </span>
    </div>
  )
}

/** What the marks on the bars mean. */
function Legend({ words }: { readonly words: Words }): JSX.Element {
  return (
    <p class="legend soft small">
      {(['even', 'landing'] as const).map((mark) => (
        <span key={mark}>
          <span class="bar sample" aria-hidden="true">
            <span class={mark} />
          </span>
          {words.t(mark === 'even' ? 'overview.legendEven' : 'overview.legendLanding')}
        </span>
      ))}
    </p>
  )
}

interface PartProps {
  readonly document: AccountsDocument
  readonly words: Words
  readonly now: EpochMs
}

function Answer({ document, words, now }: PartProps): JSX.Element {
  const best = useMemo(() => bestOfDocument(document, {}, now, DEFAULT_RULES), [document, Math.floor(now / MINUTE_MS)])
  const resets = useMemo(() => nextResets(document, now), [document, Math.floor(now / MINUTE_MS)])
  return (
    <section class="answer" aria-label={words.t('overview.title')}>
      <h1 class="headline" dir="auto">
        {words.headline(document, best, now)}
      </h1>
      <p class="resets">
        <span class="soft">{words.t('overview.resets')}</span>
        {resets.length === 0 ? <span>{words.t('overview.noResets')}</span> : null}
        {resets.map(({ at, what }) => (
          <span key={what} class="reset">
            <LiveText class="at" text={(at2) => words.instant(at, at2)} /> <span dir="auto">{what}</span>{' '}
            <LiveText class="soft" text={(moment) => `(${words.countdown(at, moment)})`} />
          </span>
        ))}
      </p>
    </section>
  )
}

/** Accounts with a problem, each with what to do. */
function Attention({ document, words, now }: PartProps): JSX.Element | null {
  const [isOpen, setOpen] = useState(false)
  const troubled = document.accounts
    .filter((account) => account.problem !== null)
    .sort((a, b) => Number(b.status === 'auth_required') - Number(a.status === 'auth_required'))
  if (troubled.length === 0) return null
  const shown = isOpen ? troubled : troubled.slice(0, FIRST_PROBLEMS)
  return (
    <section class="attention" aria-label={words.t('overview.attention')}>
      <ul>
        {shown.map((account) => {
          const tone = statusTone(account.status)
          return (
            <li key={account.id} data-problem={account.problem?.code}>
              <VerdictMark tone={tone} />
              <a href={linkTo('account', account.id)}>
                <Name text={accountTitle(account, document)} />
              </a>
              <span class={`tone-${tone}`}>{words.status(account)}</span>
              <span class="soft problem" dir="auto">
                <WithCommands text={clean(words.problem(account, now) ?? '')} />
              </span>
            </li>
          )
        })}
      </ul>
      {troubled.length > FIRST_PROBLEMS ? (
        <button type="button" class="fold" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {isOpen ? words.t('overview.fewer') : words.t('overview.more', troubled.length - FIRST_PROBLEMS)}
        </button>
      ) : null}
    </section>
  )
}

interface GroupProps {
  readonly group: AccountGroup
  readonly by: Group
  readonly isShort: boolean
  readonly words: Words
}

/** A heading above each single account would say nothing. */
function isGrouped(groups: readonly AccountGroup[]): boolean {
  return groups.some(({ accounts }) => accounts.length > 1)
}

function GroupSection({ group, by, isShort, words }: GroupProps): JSX.Element {
  return (
    <section class="group" data-group={group.key}>
      {by === 'none' ? null : (
        <h2>
          {groupTitle(group.key, by, words)} <span class="soft">{group.accounts.length}</span>
        </h2>
      )}
      <div class="group-accounts">
        {group.accounts.map((account) => (
          <AccountCard key={account.id} account={account} withProvider={by !== 'provider'} isShort={isShort} />
        ))}
      </div>
    </section>
  )
}

function groupTitle(key: string, by: Group, words: Words): string {
  if (by === 'level') return words.t(`level.${key as Level}`)
  if (by === 'pool') return key.includes('-') || key === providerTitle(key) ? providerTitle(key) : capitals(key)
  return providerTitle(key)
}
