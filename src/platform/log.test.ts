import { describe, expect, it } from 'vitest'
import { fakeClock } from '../../test/helpers/fake-clock.ts'
import type { LogFields } from '../model/ports.ts'
import { Secret } from '../model/secret.ts'
import { createLog, type LogLevel } from './log.ts'

function setup(level: LogLevel = 'debug', isTTY = false) {
  const lines: string[] = []
  const time = fakeClock(Date.UTC(2026, 10, 22, 9, 0, 0))
  const log = createLog(level, { isTTY, write: (line) => lines.push(line) }, time.clock)
  return { log, lines, ...time, parsed: () => lines.map((line) => JSON.parse(line)) }
}

describe('the log', () => {
  it('is one JSON object a line with level, time, message and fields', () => {
    const { log, lines, parsed } = setup()
    log.info('poll finished', { account: 'antigravity/user@example.com', tookMs: 12, plan: null })
    expect(parsed()).toEqual([
      {
        level: 'info',
        time: '2026-11-22T09:00:00Z',
        msg: 'poll finished',
        account: 'antigravity/user@example.com',
        tookMs: 12,
        plan: null,
      },
    ])
    expect(lines[0]?.endsWith('}\n')).toBe(true)
  })

  it('is readable on a terminal', () => {
    const { log, lines } = setup('debug', true)
    log.warn('file changed', { place: '/home/ada/my file', count: 2, nothing: null })
    expect(lines).toEqual(['09:00:00 WARN  file changed place="/home/ada/my file" count=2\n'])
  })

  it('leaves out what is below its level', () => {
    const { log, lines } = setup('warn')
    log.debug('a')
    log.info('b')
    log.warn('c')
    log.error('d')
    expect(lines).toHaveLength(2)
  })

  it('says the same warning once a minute and counts the rest, per account', async () => {
    const { log, parsed, advance } = setup()
    for (let n = 0; n < 50; n += 1) log.warn('poll failed', { account: 'a', tookMs: n })
    log.warn('poll failed', { account: 'b' })
    await advance(60_000)
    log.warn('poll failed', { account: 'a' })
    expect(parsed().map(({ account, repeats }) => [account, repeats])).toEqual([
      ['a', undefined],
      ['b', undefined],
      ['a', 49],
    ])
  })

  it('never holds back info', () => {
    const { log, lines } = setup()
    log.info('same')
    log.info('same')
    expect(lines).toHaveLength(2)
  })
})

describe('what the log never shows', () => {
  const canary = 'fake-canary-0123456789'

  it('a secret as a value, by the name of its field, or inside a text (L01)', () => {
    for (const isTTY of [false, true]) {
      const { log, lines } = setup('debug', isTTY)
      log.info('a', { value: new Secret(canary) as unknown as string })
      log.info('b', { refresh_token: canary, apiKey: canary, clientSecret: canary, Authorization: canary })
      log.info(`c Bearer ${canary}`, { detail: `sent ya29.${canary} and 1//${canary} and sk-ant-${canary}` })
      log.info('d', { thing: { inner: canary } } as unknown as LogFields)
      expect(lines).toHaveLength(4)
      expect(lines.join('')).not.toContain('canary')
      expect(lines.join('')).toContain('[secret]')
    }
  })

  it('control characters, line breaks and reversed text', () => {
    const { log, lines } = setup('debug', true)
    log.info('name', { account: 'a\u001b[2J\nfake line\u202e\u0085b' })
    expect(lines).toEqual(['09:00:00 INFO  name account="a [2J fake line b"\n'])
  })

  it('a field that would overwrite its own', () => {
    const { log, parsed } = setup()
    log.info('real', { level: 'error', msg: 'fake', time: 'never' })
    expect(parsed()[0]).toMatchObject({ level: 'info', msg: 'real', msg_: 'fake' })
  })

  it('but numbers keep their names', () => {
    const { log, parsed } = setup()
    log.info('x', { tokens: 5, hasToken: true })
    expect(parsed()[0]).toMatchObject({ tokens: 5, hasToken: true })
  })
})
