import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { ClientError } from '../../../src/client/errors.ts'
import { useApp } from '../app-context.ts'
import { useStore } from '../state/store.ts'
import type { TextKey } from '../words/en.ts'

/** Asks for the token once; from then on the browser has a session that no script can read. */
export function Login(): JSX.Element {
  const app = useApp()
  const words = useStore(app.words)
  const [failure, setFailure] = useState<TextKey | null>(null)
  const [isBusy, setBusy] = useState(false)
  async function signIn(token: string, wrong: TextKey): Promise<void> {
    setBusy(true)
    setFailure(null)
    try {
      await app.signIn(token)
    } catch (error) {
      setFailure(failureOf(error, wrong))
      setBusy(false)
    }
  }
  useEffect(() => {
    const code = app.loginCode()
    if (code !== null) void signIn(code, 'login.linkOver')
  }, [app])
  function submit(event: SubmitEvent): void {
    event.preventDefault()
    const token = new FormData(event.currentTarget as HTMLFormElement).get('token')
    void signIn(String(token ?? '').trim(), 'login.wrong')
  }
  return (
    <main class="login" id="content">
      <h1>{words.t('login.title')}</h1>
      <p class="soft">{words.t('login.text')}</p>
      <form onSubmit={submit}>
        <label>
          {words.t('login.token')}
          <input type="password" name="token" autocomplete="current-password" required autofocus spellcheck={false} />
        </label>
        <button type="submit" disabled={isBusy}>
          {words.t('login.submit')}
        </button>
        <p class="tone-red" role="alert">
          {failure === null ? null : words.t(failure)}
        </p>
      </form>
    </main>
  )
}

function failureOf(error: unknown, wrong: TextKey): TextKey {
  if (!(error instanceof ClientError) || error.status === null) return 'login.offline'
  return error.status === 429 ? 'login.tooMany' : wrong
}
