import { describe, expect, it } from 'vitest'
import { fakeClock } from '../../test/helpers/fake-clock.ts'
import type { JsonFile } from '../model/index.ts'
import { IDLE_MS, LONGEST_MS, openSessions, sessionOf } from './sessions.ts'

const HOUR_MS = 3_600_000

function memoryFile(): JsonFile & { text: string } {
  const file = {
    text: 'null',
    read: async (): Promise<unknown> => JSON.parse(file.text),
    write: async (value: unknown): Promise<void> => {
      file.text = JSON.stringify(value)
    },
  }
  return file
}

describe('a session', () => {
  it('ends after 12 h without use, and after 7 d however much it is used (W21)', async () => {
    const { clock, advance } = fakeClock()
    const sessions = await openSessions({ clock, token: 'right', file: null })
    const idle = sessions.open()
    const used = sessions.open()
    await advance(IDLE_MS - 1)
    expect(sessions.isOpen(used)).toBe(true)
    await advance(1)
    expect(sessions.isOpen(idle)).toBe(false)
    expect(sessions.isOpen(used)).toBe(true)
    for (let hours = 12; hours < LONGEST_MS / HOUR_MS - 1; hours += 6) {
      await advance(6 * HOUR_MS)
      if (hours + 6 < LONGEST_MS / HOUR_MS) expect(sessions.isOpen(used), `after ${hours + 6} h`).toBe(true)
    }
    await advance(6 * HOUR_MS)
    expect(sessions.isOpen(used)).toBe(false)
  })

  it('survives a restart as a hash, and ends with the token it was opened by', async () => {
    const { clock } = fakeClock()
    const file = memoryFile()
    const first = await openSessions({ clock, token: 'right', file })
    const value = first.open()
    await Promise.resolve()
    await Promise.resolve()
    expect(file.text).toMatch(/openedAt/)
    expect(file.text).not.toContain(value)
    expect((await openSessions({ clock, token: 'right', file })).isOpen(value)).toBe(true)
    expect((await openSessions({ clock, token: 'another', file })).isOpen(value)).toBe(false)
    expect((await openSessions({ clock, token: 'right', file: memoryFile() })).isOpen(value)).toBe(false)
  })

  it('is ended by signing out, and a kept file that is broken opens none', async () => {
    const { clock } = fakeClock()
    const file = memoryFile()
    file.text = '{"x":{"openedAt":"soon"},"y":null}'
    const sessions = await openSessions({ clock, token: 'right', file })
    expect(sessions.isOpen('x')).toBe(false)
    const value = sessions.open()
    sessions.end(value)
    expect(sessions.isOpen(value)).toBe(false)
  })

  it('does not grow without bound', async () => {
    const { clock } = fakeClock()
    const sessions = await openSessions({ clock, token: 'right', file: null })
    const first = sessions.open()
    for (let count = 0; count < 200; count += 1) sessions.open()
    expect(sessions.isOpen(first)).toBe(false)
  })
})

describe('the cookie', () => {
  it('is found among others; two that differ are none', () => {
    expect(sessionOf(['a=b; tokstat_session=value; c=d'])).toBe('value')
    expect(sessionOf(['__Host-tokstat=value'])).toBe('value')
    expect(sessionOf(['tokstat_session=one; tokstat_session=two'])).toBeNull()
    expect(sessionOf(['xtokstat_session=value', 'tokstat_session='])).toBeNull()
    expect(sessionOf([])).toBeNull()
  })
})
