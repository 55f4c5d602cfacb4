import { createHmac, randomBytes } from 'node:crypto'
import { EMAIL, withPrivacy } from '../collector/privacy.ts'
import type { Engine, FetchObserver } from '../model/engine.ts'
import type { JsonFile } from '../model/ports.ts'

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567'
const LETTERS = 6

/** `<provider>-<6 base32 characters>`: the same for the same name and key, not to be undone without the key. */
function pseudonymOf(provider: string, name: string, key: Buffer): string {
  const digest = createHmac('sha256', key).update(`${provider}/${name}`).digest()
  const letters = [...digest.subarray(0, LETTERS)].map((byte) => BASE32[byte & 31] ?? '')
  return `${provider}-${letters.join('')}`
}

/** The local key of all pseudonyms: made once and kept, so that they stay the same. */
export async function privacyKey(file: JsonFile): Promise<Buffer> {
  const kept = await file.read()
  if (typeof kept === 'object' && kept !== null && 'key' in kept && typeof kept.key === 'string') {
    const key = Buffer.from(kept.key, 'base64')
    if (key.length >= 32) return key
  }
  const key = randomBytes(32)
  await file.write({ key: key.toString('base64') })
  return key
}

/** What is shown with privacy on: the engine under pseudonyms, and an observer that sees them too. */
export interface PrivateView {
  readonly engine: Engine
  /** What an account id is called outside. */
  shown(id: string): string
  /** The account id behind a shown one; an unknown one stays as it is. */
  real(shown: string): string
  /** A sentence that was written down under real names, as it is shown; `account`: the one it is about. */
  hide(text: string, account: string | null): string
  observe(inner: FetchObserver): FetchObserver
}

/** The names of stored accounts under pseudonyms, for who has the history but no engine. */
export function privateNames(accounts: readonly string[], key: Buffer): Pick<PrivateView, 'shown' | 'real' | 'hide'> {
  const shown = (id: string): string => {
    const [provider = '', ...name] = id.split('/')
    return `${provider}/${pseudonymOf(provider, name.join('/'), key)}`
  }
  return {
    shown,
    real: (wanted) => accounts.find((id) => shown(id) === wanted) ?? wanted,
    hide: (text, account) => hideNames(text, account, { accounts, shown, key }),
  }
}

export function privateView(engine: Engine, key: Buffer): PrivateView {
  const view = withPrivacy(engine, (provider, name) => pseudonymOf(provider, name, key))
  const shown = (id: string): string => {
    const at = engine.board().accounts.findIndex((state) => state.account.id === id)
    const [provider = '', ...name] = id.split('/')
    return view.board().accounts[at]?.account.id ?? `${provider}/${pseudonymOf(provider, name.join('/'), key)}`
  }
  return {
    engine: view,
    shown,
    real: (id) => engine.board().accounts.find((state) => shown(state.account.id) === id)?.account.id ?? id,
    hide: (text, account) => {
      const accounts = engine.board().accounts.map((state) => state.account.id)
      return hideNames(text, account, { accounts, shown, key })
    },
    observe: (inner) => ({
      fetched: (event) => inner.fetched({ ...event, account: shown(event.account) }),
    }),
  }
}

interface Names {
  readonly accounts: readonly string[]
  readonly shown: (account: string) => string
  readonly key: Buffer
}

/** The account's own name wherever it stands, those of others as titles have them (`Claude (name)`), every e-mail. */
function hideNames(text: string, account: string | null, { accounts, shown, key }: Names): string {
  let hidden = account === null ? text : text.replaceAll(nameIn(account), nameIn(shown(account)))
  for (const id of accounts) hidden = hidden.replaceAll(`(${nameIn(id)})`, `(${nameIn(shown(id))})`)
  return hidden.replace(EMAIL, (mail) => pseudonymOf(account?.split('/')[0] ?? 'account', mail, key))
}

function nameIn(account: string): string {
  return account.slice(account.indexOf('/') + 1)
}
