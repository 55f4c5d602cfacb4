import { chmod, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { desktop } from './desktop.ts'

/** A machine whose programs write down what they were given. */
async function machine(programs: readonly string[], variables: Readonly<Record<string, string>> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'tokstat-desktop-'))
  for (const program of programs) {
    const path = join(folder, program)
    const out = join(folder, `${program}.seen`)
    await writeFile(path, `#!/bin/sh\n{ printf '%s\\n' "$@"; env; cat; } > '${out}.tmp'\nmv '${out}.tmp' '${out}'\n`)
    await chmod(path, 0o755)
  }
  const all: Readonly<Record<string, string>> = {
    PATH: `${folder}${delimiter}/usr/bin${delimiter}/bin`,
    OPENROUTER_API_KEY: 'sk-fake-key',
    TOKSTAT_PASSPHRASE: 'fake-passphrase',
    ...variables,
  }
  const get = (name: string): string | null => all[name] ?? null
  return { get, seen: (program: string) => readFile(join(folder, `${program}.seen`), 'utf8') }
}

describe('the desktop', () => {
  it.each<[NodeJS.Platform, Readonly<Record<string, string>>, boolean]>([
    ['linux', {}, false],
    ['linux', { DISPLAY: ':0' }, true],
    ['linux', { WAYLAND_DISPLAY: 'wayland-0' }, true],
    ['linux', { DISPLAY: ':10', SSH_CONNECTION: '192.0.2.1 1 192.0.2.2 22' }, false],
    ['darwin', {}, true],
    ['darwin', { SSH_TTY: '/dev/ttys001' }, false],
    ['win32', {}, true],
  ])('on %s with %j has a display: %s', async (platform, variables, expected) => {
    const { get } = await machine([], variables)
    expect(desktop({ platform, get }).hasDisplay).toBe(expected)
  })

  it.each<[NodeJS.Platform, string]>([
    ['linux', 'xdg-open'],
    ['darwin', 'open'],
    ['win32', 'rundll32'],
  ])('opens an address on %s with %s, which sees no secret of ours (L09)', async (platform, program) => {
    const { get, seen } = await machine([program], { DISPLAY: ':7' })
    const url = 'https://accounts.example/auth?a=1&b=$(touch x)'
    expect(await desktop({ platform, get }).openBrowser(url)).toBe(true)
    const text = await seen(program)
    expect(text.split('\n')).toContain(url)
    expect(text).toContain('DISPLAY=:7')
    expect(text).not.toMatch(/sk-fake-key|fake-passphrase/)
  })

  it('copies with the first program that works', async () => {
    const { get, seen } = await machine(['xclip'])
    expect(await desktop({ platform: 'linux', get }).copy('FAKE-0001')).toBe(true)
    expect(await seen('xclip')).toContain('FAKE-0001')
  })

  it('says when there is no such program', async () => {
    const { get } = await machine([])
    const nothing = desktop({ platform: 'linux', get: (name) => (name === 'PATH' ? '/nowhere' : get(name)) })
    expect([await nothing.openBrowser('https://example.com/'), await nothing.copy('x')]).toEqual([false, false])
  })
})
