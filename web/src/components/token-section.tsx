import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { type EpochMs, fromIso } from '../../../src/model/index.ts'
import { useApp } from '../app-context.ts'
import { useStore } from '../state/store.ts'
import { Command } from './copy.tsx'
import { LiveText } from './live-text.tsx'
import { say } from './refresh.ts'

interface Link {
  readonly address: string
  readonly expiresAt: EpochMs | null
}

/** How other machines get in: the token itself is only in its file, a browser gets a link that is good once. */
export function TokenSection(): JSX.Element {
  const app = useApp()
  const words = useStore(app.words)
  const isSet = useStore(app.status, (status) => status?.tokenSet === true)
  const signedIn = useStore(app.session, (session) => session?.signedIn === true)
  return (
    <>
      <h2>{words.t('settings.token')}</h2>
      <p>{words.t(isSet ? 'settings.tokenOn' : 'settings.tokenOff')}</p>
      <p>
        <Command text={isSet ? 'tokstat token path' : 'tokstat token new'} />{' '}
        {isSet ? <Command text="tokstat token new --replace" /> : null}
      </p>
      {isSet ? <LinkMaker /> : null}
      {signedIn ? (
        <p>
          <button type="button" onClick={() => void app.signOut()}>
            {words.t('settings.signOut')}
          </button>
        </p>
      ) : null}
    </>
  )
}

function LinkMaker(): JSX.Element {
  const app = useApp()
  const words = useStore(app.words)
  const [link, setLink] = useState<Link | null>(null)
  async function make(): Promise<void> {
    try {
      const made = await app.client.loginLink()
      if (made === null) return
      // The address as this browser knows it: another machine is more likely to reach that than the daemon's own.
      setLink({ address: `${app.url}/login#code=${made.code}`, expiresAt: fromIso(made.expiresAt) })
    } catch (error) {
      say(app, error instanceof Error ? error.message : words.t('error.title'))
    }
  }
  return (
    <div>
      <p>
        <button type="button" onClick={() => void make()}>
          {words.t('settings.link')}
        </button>
      </p>
      {link === null ? null : (
        <p role="status">
          <Command text={link.address} />{' '}
          <LiveText class="soft" text={(now) => words.t('settings.linkEnds', words.countdown(link.expiresAt, now))} />
        </p>
      )}
    </div>
  )
}
