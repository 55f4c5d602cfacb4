import type { JSX } from 'preact'
import { providerTitle } from '../../../src/format/provider-names.ts'
import { useApp } from '../app-context.ts'
import { Command } from '../components/copy.tsx'
import { SourceList } from '../components/first-visit.tsx'
import { KeyList } from '../components/key-help.tsx'
import { NotifySwitch } from '../components/notify-switch.tsx'
import { TokenSection } from '../components/token-section.tsx'
import { Choice } from '../components/toolbar.tsx'
import { useAnswer } from '../components/use-answer.ts'
import { LAYOUTS, type Preferences } from '../state/preferences.ts'
import { useStore } from '../state/store.ts'
import '../styles/account.css'
import '../styles/analytics.css'

/** How the page looks, what was found where, and what the daemon runs with. */
export function SettingsView(): JSX.Element {
  const words = useStore(useApp().words)
  return (
    <div class="view">
      <header class="view-head">
        <h1>{words.t('settings.title')}</h1>
      </header>
      <div class="setting-grid">
        <Look />
        <Configuration />
        <Found />
        <Services />
        <Others />
        <section>
          <h2>{words.t('settings.keys')}</h2>
          <KeyList />
        </section>
      </div>
    </div>
  )
}

function Look(): JSX.Element {
  const app = useApp()
  const words = useStore(app.words)
  const preferences = useStore(app.preferences)
  const set = (change: Partial<Preferences>): void => app.preferences.set({ ...app.preferences.get(), ...change })
  return (
    <section>
      <h2>{words.t('settings.look')}</h2>
      <div class="setting-row">
        <Choice
          label={words.t('theme.label')}
          value={preferences.theme}
          choices={(['auto', 'light', 'dark'] as const).map((theme) => [theme, words.t(`theme.${theme}`)])}
          onChange={(theme) => set({ theme: theme as Preferences['theme'] })}
        />
        <Choice
          label={words.t('figure.label')}
          value={preferences.figure}
          choices={(['left', 'used'] as const).map((figure) => [figure, words.t(`figure.${figure}`)])}
          onChange={(figure) => set({ figure: figure as Preferences['figure'] })}
        />
        <Choice
          label={words.t('layout.label')}
          value={preferences.layout}
          choices={LAYOUTS.map((layout) => [layout, words.t(`layout.${layout}`)])}
          onChange={(layout) => set({ layout: layout as Preferences['layout'] })}
        />
        <Choice
          label={words.t('language.label')}
          value={preferences.language}
          choices={[
            ['auto', words.t('language.auto')],
            ['en', 'English'],
            ['de', 'Deutsch'],
            ['vi', 'Tiếng Việt'],
          ]}
          onChange={(language) => set({ language: language as Preferences['language'] })}
        />
      </div>
      <NotifySwitch />
      {isSecureContext ? <InstallHint /> : null}
    </section>
  )
}

function InstallHint(): JSX.Element {
  const app = useApp()
  const words = useStore(app.words)
  const install = useStore(app.install)
  if (install === null) return <p class="soft small">{words.t('settings.installHint')}</p>
  return (
    <p>
      <button type="button" onClick={install}>
        {words.t('settings.install')}
      </button>
    </p>
  )
}

function Configuration(): JSX.Element {
  const app = useApp()
  const words = useStore(app.words)
  const status = useStore(app.status)
  const problems = status?.config.problems ?? []
  return (
    <section>
      <h2>{words.t('settings.config')}</h2>
      {problems.length === 0 ? <p>{words.t('settings.configFine')}</p> : null}
      <ul>
        {problems.map((problem) => (
          <li key={`${problem.key} ${problem.line}`} class="tone-amber">
            {problem.line === null ? null : `${problem.line}: `}
            <code>{problem.key}</code> {problem.message}
          </li>
        ))}
      </ul>
      {(status?.config.restartNeeded.length ?? 0) > 0 ? (
        <p class="tone-amber">{words.t('settings.restart', status?.config.restartNeeded.join(', ') ?? '')}</p>
      ) : null}
      <p class="soft small">{words.t('settings.configHint')}</p>
      <p>
        <Command text="tokstat config check" />
      </p>
    </section>
  )
}

function Found(): JSX.Element {
  const app = useApp()
  const words = useStore(app.words)
  const status = useStore(app.status)
  return (
    <section>
      <h2>{words.t('settings.found')}</h2>
      <SourceList sources={status?.sources ?? []} />
      <p>
        <Command text="tokstat doctor" />
      </p>
    </section>
  )
}

function Services(): JSX.Element {
  const app = useApp()
  const words = useStore(app.words)
  const answer = useAnswer('providers', () => app.client.providers())
  return (
    <section>
      <h2>{words.t('settings.services')}</h2>
      <ul class="facts">
        {(answer.value ?? []).map((provider) => (
          <li key={provider.id}>
            <span>
              {providerTitle(provider.id)}{' '}
              <span class="soft small">{words.n('accounts.count', provider.accounts)}</span>
            </span>
            <span class="soft">
              {provider.enabled
                ? words.t('settings.every', words.duration(provider.intervalSeconds * 1000))
                : words.t('settings.off')}
            </span>
          </li>
        ))}
      </ul>
    </section>
  )
}

function Others(): JSX.Element {
  const app = useApp()
  const words = useStore(app.words)
  const status = useStore(app.status)
  return (
    <section>
      <TokenSection />
      <h2>{words.t('settings.privacy')}</h2>
      {status?.privacy === true ? (
        <p>{words.t('settings.privacyOn')}</p>
      ) : (
        <>
          <p>{words.t('settings.privacyOff')}</p>
          <p>
            <Command text="tokstat serve --privacy" />
          </p>
        </>
      )}
    </section>
  )
}
