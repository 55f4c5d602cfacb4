import { randomUUID } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { startLanguageServer } from '../../test/helpers/fake-language-server.ts'
import { readEnvironment } from '../config/environment.ts'
import { requireConfig } from '../config/load.ts'
import { resolvePaths } from '../config/paths.ts'
import { modelBytes, unifiedLogin, userStatus } from '../credentials/antigravity-state/testing.ts'
import type { AccountState } from '../model/account.ts'
import { statusOf } from '../model/freshness.ts'
import { systemClock } from '../platform/clock.ts'
import { memoryLog } from '../platform/testing.ts'
import type { Context } from './context.ts'
import { openEngine, readConfig } from './parts.ts'

const LABEL = 'Gemini 3 Flash'
/** Of this run alone: a server that another test has started is another person's. */
const EMAIL = `ada-${randomUUID()}@example.com`

interface Editor {
  readonly context: Context
  readonly state: string
}

/** A machine on which nothing but the editor was ever used; its login cannot be refreshed, as no client is known. */
async function makeEditor(resetInSeconds: number, refreshToken: string | null): Promise<Editor> {
  const home = mkdtempSync(join(tmpdir(), 'tokstat-editor-'))
  onTestFinished(() => rmSync(home, { recursive: true, force: true }))
  const env = { HOME: home, PATH: '/usr/bin:/bin', TOKSTAT_UPSTREAM: 'http://127.0.0.1:1' }
  const environment = readEnvironment({ env, cwd: home, platform: 'linux', home })
  const state = join(home, '.config/Antigravity IDE/User/globalStorage/state.vscdb')
  await mkdir(dirname(state), { recursive: true })
  const clock = systemClock()
  const resetSeconds = Math.trunc(clock.now() / 1000) + resetInSeconds
  const status = userStatus(EMAIL, [modelBytes({ label: LABEL, left: 0.25, resetSeconds })])
  const database = new DatabaseSync(state)
  database.exec('CREATE TABLE ItemTable (key TEXT UNIQUE ON CONFLICT REPLACE, value BLOB)')
  const put = database.prepare('INSERT INTO ItemTable VALUES (?, ?)')
  put.run('antigravityAuthStatus', JSON.stringify({ email: EMAIL, userStatusProtoBinaryBase64: status }))
  if (refreshToken !== null) {
    put.run('antigravityUnifiedStateSync.oauthToken', unifiedLogin({ refresh: refreshToken }))
  }
  database.close()
  await pause(15)
  return { context: { environment, paths: resolvePaths(environment), clock }, state }
}

async function readOnce({ context }: Editor): Promise<readonly AccountState[]> {
  const config = requireConfig(await readConfig(context))
  const { engine } = await openEngine(context, config, memoryLog().log, { version: '0.0.0-test' })
  try {
    await engine.openOnce()
    await engine.refresh(null, { onlyDue: true })
    return engine.board().accounts
  } finally {
    await engine.stop()
  }
}

describe('an editor alone', () => {
  it('is an account with what the editor cached, as old as its file, and its folder stays as it was (D10)', async () => {
    const editor = await makeEditor(3_600, null)
    const evidence = () => [
      readdirSync(dirname(editor.state)),
      readFileSync(editor.state),
      statSync(editor.state).mtimeMs,
    ]
    const before = evidence()
    const [account, ...more] = await readOnce(editor)
    expect(more).toEqual([])
    expect(account).toMatchObject({
      account: { id: `antigravity/${EMAIL}`, source: 'antigravity-ide' },
      reading: { via: 'Antigravity cache', notes: [] },
    })
    expect(account?.reading?.quotas).toMatchObject([{ id: 'gemini-3-flash', label: LABEL, remainingRatio: 0.25 }])
    expect(account?.observedAt).toBe(Math.trunc(statSync(editor.state).mtimeMs))
    expect(evidence()).toEqual(before)
  })

  it('is stale, never current, once a reset that the cache names has passed', async () => {
    const editor = await makeEditor(-3_600, null)
    const [account] = await readOnce(editor)
    expect(account && statusOf(account, editor.context.clock.now())).toBe('stale')
  })

  it('says beside the cached numbers why its login could not be used', async () => {
    const [account, ...more] = await readOnce(await makeEditor(3_600, '1//fake-refresh-token-ada'))
    expect(more).toEqual([])
    expect(account?.reading?.via).toBe('Antigravity cache')
    expect(account?.reading?.notes.map(({ message }) => message).join()).toContain('The login itself could not be used')
    expect(JSON.stringify(account)).not.toContain('fake-refresh')
  })

  it('is asked through its running language server before its cache', async () => {
    const config = { label: LABEL, quotaInfo: { remainingFraction: 0.75, resetTime: '2099-01-01T00:00:00Z' } }
    const server = await startLanguageServer({
      csrfToken: 'fake-csrf',
      answers: {
        GetUserStatus: { userStatus: { email: EMAIL, cascadeModelConfigData: { clientModelConfigs: [config] } } },
      },
    })
    onTestFinished(() => server.stop())
    const [account] = await readOnce(await makeEditor(3_600, null))
    expect(account?.reading).toMatchObject({
      via: 'Antigravity language server',
      quotas: [{ id: 'gemini-3-flash', remainingRatio: 0.75 }],
    })
    expect(account && statusOf(account, systemClock().now())).toBe('ok')
  })
})
