import type { ComponentChildren, JSX } from 'preact'
import { clean } from '../../../src/format/clean.ts'
import { type AccountDocument, fromIso } from '../../../src/model/index.ts'
import { useApp } from '../app-context.ts'
import { useStore } from '../state/store.ts'
import { sourceName } from '../view/sources.ts'
import { LiveText } from './live-text.tsx'
import { ScrollRegion } from './scroll-region.tsx'

/** What was read from where, when it is read next, and the reading itself. */
export function Facts({ account }: { readonly account: AccountDocument }): JSX.Element {
  const words = useStore(useApp().words)
  const observedAt = fromIso(account.observedAt)
  const nextAt = fromIso(account.nextPollAt)
  const others = account.sources.filter((source) => source !== account.source).map(sourceName)
  return (
    <section>
      <h2>{words.t('account.facts')}</h2>
      <dl class="fact-list">
        <Fact title={words.t('account.source')}>
          {sourceName(account.source)}
          {others.length > 0 ? (
            <span class="soft">
              {' '}
              · {words.t('account.sources')} {others.join(', ')}
            </span>
          ) : null}
        </Fact>
        {account.via === null ? null : <Fact title={words.t('account.via')}>{clean(account.via)}</Fact>}
        <Fact title={words.t('account.observed')}>
          <LiveText
            text={(now) =>
              observedAt === null
                ? words.age(null, now)
                : `${words.instant(observedAt, now)}, ${words.age(observedAt, now)}`
            }
          />
        </Fact>
        <Fact title={words.t('account.next')}>
          <LiveText
            text={(now) => (nextAt === null ? '–' : `${words.instant(nextAt, now)} (${words.countdown(nextAt, now)})`)}
          />
        </Fact>
        {account.email === null ? null : <Fact title={words.t('account.email')}>{clean(account.email)}</Fact>}
        <Fact title={words.t('account.id')}>
          <code>{clean(account.id)}</code>
        </Fact>
        {account.notes.length === 0 ? null : (
          <Fact title={words.t('account.notes')}>
            {account.notes.map((note) => (
              <span key={note.code} class="note">
                {clean(note.message)}
              </span>
            ))}
          </Fact>
        )}
      </dl>
      <details class="table-of">
        <summary>{words.t('account.raw')}</summary>
        <ScrollRegion label={words.t('account.raw')}>
          <pre dir="ltr">{JSON.stringify(account, null, 2)}</pre>
        </ScrollRegion>
      </details>
    </section>
  )
}

export function Fact({
  title,
  children,
}: {
  readonly title: string
  readonly children: ComponentChildren
}): JSX.Element {
  return (
    <div>
      <dt class="soft">{title}</dt>
      <dd>{children}</dd>
    </div>
  )
}
