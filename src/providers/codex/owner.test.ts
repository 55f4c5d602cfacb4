import fc from 'fast-check'
import { describe, expect, inject, it } from 'vitest'
import { QuotaError } from '../../model/problem.ts'
import type { OwnerHost, OwnerRun, RunOwner } from '../../model/provider.ts'
import { FAKE_NOW, fakeCredential } from '../testing.ts'
import { codex } from './index.ts'
import { owner } from './owner.ts'
import type { Settings } from './schema.ts'

const credential = fakeCredential({
  provider: 'codex',
  source: 'codex-cli',
  signInHint: 'codex login',
  extra: { program: 'codex' },
})

const WINDOWS = {
  limitId: 'codex',
  planType: 'plus',
  primary: { usedPercent: 15, windowDurationMins: 300, resetsAt: 1_795_352_400 },
  secondary: { usedPercent: 5, windowDurationMins: 10_080, resetsAt: 1_795_920_000 },
  credits: { hasCredits: true, unlimited: false, balance: '21' },
  individualLimit: { limit: 1000, used: '250', remainingPercent: 75, resetsAt: 1_795_920_000 },
}
const SPARK = { limitName: 'GPT-5.3-Codex-Spark', primary: { usedPercent: 30, windowDurationMins: 300 } }
const ACCOUNT = { account: { type: 'chatgpt', email: 'user@example.com', planType: 'plus' } }

interface Script {
  readonly limits?: object
  readonly account?: object
}

/** A `codex app-server` that answers one question a time, with a notification before each answer. */
function appServer({ limits = { result: { rateLimits: WINDOWS } }, account = { result: ACCOUNT } }: Script = {}) {
  const heard: { readonly id?: number; readonly method: string }[] = []
  const run: RunOwner = async (command, args, { converse }, signal) => {
    expect([command, ...args]).toEqual(['codex', '-s', 'read-only', '-a', 'never', 'app-server'])
    expect(signal.aborted).toBe(false)
    const answers = new Map<number, object>([
      [1, { result: { userAgent: 'codex' } }],
      [2, limits],
      [3, account],
    ])
    let stdout = ''
    for (let said = converse?.('') ?? null; said !== null; said = converse?.(stdout) ?? null) {
      const asked = said
        .trim()
        .split('\n')
        .map((text) => JSON.parse(text))
      heard.push(...asked)
      const id = asked.at(-1).id
      stdout += `${JSON.stringify({ method: 'some/notification', params: {} })}\n`
      expect(converse?.(`${stdout}{"id":${id},`)).toBe('')
      stdout += `${JSON.stringify({ id, ...answers.get(id) })}\n`
    }
    return { kind: 'done', exitCode: 0, stdout }
  }
  return { heard, run }
}

function hostWith(runOwner: RunOwner): OwnerHost<Settings> {
  return {
    runOwner,
    now: FAKE_NOW,
    settings: codex.settings.parse({}),
    signal: new AbortController().signal,
    platform: { os: 'linux', arch: 'x64' },
    version: '1.2.3',
  }
}

async function read(script: Script = {}, login = credential) {
  const answers = await owner.ask(login, hostWith(appServer(script).run))
  if (answers === null) throw new Error('It was not asked.')
  return owner.parse(answers, login, FAKE_NOW)
}

describe('codex app-server', () => {
  it('is asked one thing at a time, and introduced first', async () => {
    const { heard, run } = appServer()
    await owner.ask(credential, hostWith(run))
    expect(heard.map(({ id, method }) => [id, method])).toEqual([
      [1, 'initialize'],
      [undefined, 'initialized'],
      [2, 'account/rateLimits/read'],
      [3, 'account/read'],
    ])
    expect(heard[0]).toMatchObject({ params: { clientInfo: { name: 'tokstat', version: '1.2.3' } } })
  })

  it('gives the windows, amounts and names that the service would give', async () => {
    const reading = await read({
      limits: { result: { rateLimits: WINDOWS, rateLimitsByLimitId: { codex: WINDOWS, codex_bengalfox: SPARK } } },
    })
    expect(reading.quotas.map(({ id, usedRatio, resetsAt }) => [id, usedRatio, resetsAt])).toEqual([
      ['session', 0.15, 1_795_352_400_000],
      ['weekly', 0.05, 1_795_920_000_000],
      ['spark.session', 0.3, null],
      ['credit_cap', 0.25, 1_795_920_000_000],
      ['credits', null, null],
    ])
    expect(reading).toMatchObject({
      identity: { email: 'user@example.com' },
      plan: { id: 'plus' },
      via: 'codex app-server',
      observedAt: null,
    })
  })

  it('is understood in snake case too', async () => {
    const primary = { used_percent: 15, window_duration_mins: 10_080, resets_at: 1_795_920_000 }
    const { quotas } = await read({ limits: { result: { rate_limits: { plan_type: 'plus', primary } } } })
    expect(quotas).toMatchObject([{ id: 'weekly', usedRatio: 0.15, resetsAt: 1_795_920_000_000 }])
  })

  it('gives the service’s own answer where it is older than that', async () => {
    const body = {
      plan_type: 'quorum',
      rate_limit: { primary_window: { used_percent: 6, limit_window_seconds: 2_628_000 } },
    }
    const message = `failed to decode: unknown variant; body=${JSON.stringify(body)} at line 1`
    const { quotas, plan } = await read({ limits: { error: { code: -32_603, message } } })
    expect(quotas).toMatchObject([{ id: 'monthly', usedRatio: 0.06 }])
    expect(plan?.id).toBe('quorum')
  })

  it('is not believed when it is signed in to another account', async () => {
    const account = { result: { account: { type: 'chatgpt', email: 'other@example.com' } } }
    await expect(read({ account })).rejects.toMatchObject({ code: 'credential_expired' })
  })

  it.each([
    { error: { code: -32_600, message: 'not signed in' } },
    { result: {} },
    { result: { rateLimits: {} } },
    { result: { rateLimits: { primary: { usedPercent: 'bad' } } } },
  ])('without a limit in %j is an error and no 0', async (limits) => {
    await expect(read({ limits })).rejects.toMatchObject({ code: 'unexpected_response' })
  })

  it('is not asked for a login that it would not use', async () => {
    const { heard, run } = appServer()
    const other = fakeCredential({ provider: 'codex', source: 'opencode', extra: {} })
    expect(await owner.ask(other, hostWith(run))).toBeNull()
    expect(heard).toEqual([])
  })

  it.each<[OwnerRun['kind'], string]>([
    ['missing', 'unexpected_response'],
    ['failed', 'unexpected_response'],
    ['too_large', 'unexpected_response'],
    ['timeout', 'timeout'],
    ['stopped', 'timeout'],
  ])('that is %s is an error of ours: %s', async (kind, code) => {
    const run: RunOwner = async () => ({ kind }) as OwnerRun
    await expect(owner.ask(credential, hostWith(run))).rejects.toMatchObject({ code })
  })

  it('that ends before it has answered is an error', async () => {
    const run: RunOwner = async () => ({ kind: 'done', exitCode: 1, stdout: 'panic\n{"id":1}\n' })
    const answers = await owner.ask(credential, hostWith(run))
    expect(() => owner.parse(answers ?? {}, credential, FAKE_NOW)).toThrow(QuotaError)
  })
})

describe('damaged answers', () => {
  const anything = fc.oneof(
    fc.jsonValue({ maxDepth: 3 }),
    fc.constantFrom(WINDOWS, SPARK, null, -1, Number.MAX_VALUE, '{', '}{'),
  )
  const limits = fc.oneof(
    anything,
    fc.record({
      result: fc.record({ rateLimits: anything, rateLimitsByLimitId: fc.dictionary(fc.string(), anything) }),
    }),
    fc.record({ error: fc.record({ message: fc.oneof(fc.string(), anything) }) }),
  )
  it('of codex app-server throw nothing but our own error, and give no number that is none', {
    timeout: 900_000,
  }, () => {
    fc.assert(
      fc.property(limits, anything, (said, account) => {
        try {
          const { quotas } = owner.parse({ limits: said, account: { result: { account } } }, credential, FAKE_NOW)
          for (const { usedRatio, remaining } of quotas) {
            expect(usedRatio === null || Number.isFinite(usedRatio)).toBe(true)
            expect(remaining === null || Number.isFinite(remaining)).toBe(true)
          }
        } catch (error) {
          expect(error).toBeInstanceOf(QuotaError)
        }
      }),
      { numRuns: Math.max(5_000, inject('fuzzRuns')) },
    )
  })
})
