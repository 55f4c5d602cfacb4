import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { plusMs, SECOND_MS } from '../model/time.ts'
import { systemClock } from './clock.ts'
import { editUnderOwnersLock } from './locked-edit.ts'

const TEXT = '{"accounts":[{"refreshToken":"1//fake-refresh-token-ada"}],"activeIndex":0}'
const MODULE = join(import.meta.dirname, 'locked-edit.ts')
const CLOCK = join(import.meta.dirname, 'clock.ts')

/** Kills itself at the worst moment: the copy is whole, the file is still the old one, the lock is held. */
const DYING = `
import promises from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
promises.rename = async () => process.kill(process.pid, 'SIGKILL')
syncBuiltinESMExports()
const { editUnderOwnersLock } = await import(${JSON.stringify(MODULE)})
const { systemClock } = await import(${JSON.stringify(CLOCK)})
await editUnderOwnersLock(process.argv[1], (text) => text.replace('"activeIndex":0', '"activeIndex":1'), systemClock())
`

describe('an edit that is killed', () => {
  let folder = ''
  let file = ''

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tokstat-edit-'))
    file = join(folder, 'accounts.json')
    writeFileSync(file, TEXT, { mode: 0o600 })
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  async function die(): Promise<readonly string[]> {
    const child = spawn(process.execPath, ['--input-type=module', '-e', DYING, file], { stdio: 'ignore' })
    const [, signal] = await once(child, 'exit')
    expect(signal).toBe('SIGKILL')
    return readdirSync(folder).filter((name) => name.endsWith('.tmp'))
  }

  it('leaves the owner’s file whole, and its copy goes with the next edit (L10, C12)', async () => {
    const [copy = ''] = await die()
    expect(readFileSync(file, 'utf8')).toBe(TEXT)
    expect(readFileSync(join(folder, copy), 'utf8')).toContain('fake-refresh-token-ada')
    expect(statSync(join(folder, copy)).mode & 0o077).toBe(0)
    // Names that the owner itself may give to a copy are the owner's business.
    writeFileSync(join(folder, 'accounts.json.0123456789ab.tmp'), 'of the owner')
    writeFileSync(join(folder, 'other.json.tokstat-0123456789ab.tmp'), 'of another file')

    const real = systemClock()
    const later = { ...real, now: () => plusMs(real.now(), 11 * SECOND_MS) }
    expect(await editUnderOwnersLock(file, (text) => `${text}\n`, later)).toEqual({ kind: 'written' })
    expect(readFileSync(file, 'utf8')).toBe(`${TEXT}\n`)
    expect(readdirSync(folder).sort()).toEqual([
      'accounts.json',
      'accounts.json.0123456789ab.tmp',
      'other.json.tokstat-0123456789ab.tmp',
    ])
  })

  it('keeps its lock against others for as long as the owner’s rule says, and no longer (C22)', async () => {
    await die()
    const real = systemClock()
    const waits: number[] = []
    const impatient = {
      ...real,
      after: (ms: number, run: () => void) => {
        waits.push(ms)
        return real.after(0, run)
      },
    }
    expect(await editUnderOwnersLock(file, () => 'x', impatient)).toEqual({ kind: 'busy' })
    expect(waits.length).toBeGreaterThan(3)
    expect(readFileSync(file, 'utf8')).toBe(TEXT)
    expect(readdirSync(folder)).toContain('accounts.json.lock')
  })
})
