import { readFileSync, statSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { fakeClock } from '../../test/helpers/fake-clock.ts'
import { resolvePaths } from '../config/paths.ts'
import { type Machine, machine } from '../config/testing.ts'
import { createTokenAccess } from './token-access.ts'

async function accessOn(one: Machine) {
  const environment = one.environment()
  const loaded = await one.load()
  const context = { environment, paths: resolvePaths(environment), clock: fakeClock().clock }
  return createTokenAccess({ context, config: () => loaded.config, daemon: async () => null })
}

describe('a new token', () => {
  it('is in a file that only its owner can read, which config.toml names from then on', async () => {
    const one = machine()
    one.put('~/.config/tokstat/config.toml', '# mine\n[server]\nport = 9000 # not the usual one\n')
    const made = await (await accessOn(one)).newToken({ replace: false })
    expect(made).toMatchObject({ configChanged: true, replaced: false })
    expect(statSync(made.file).mode & 0o777).toBe(0o600)
    const token = readFileSync(made.file, 'utf8').trim()
    expect(token).toMatch(/^[0-9a-f]{64}$/)
    const text = readFileSync(one.configPath, 'utf8')
    expect(text).toContain('# mine\n[server]\nport = 9000 # not the usual one\n')
    expect(text).not.toContain(token)
    expect((await one.load()).config.server.token_file).toBe(made.file)
    expect(await (await accessOn(one)).tokenFile()).toBe(made.file)
  })

  it('does not take the place of one that is there, unless it is told to', async () => {
    const one = machine()
    const first = await (await accessOn(one)).newToken({ replace: false })
    const before = readFileSync(first.file, 'utf8')
    await expect((await accessOn(one)).newToken({ replace: false })).rejects.toMatchObject({ code: 'token_exists' })
    expect(readFileSync(first.file, 'utf8')).toBe(before)
    const second = await (await accessOn(one)).newToken({ replace: true })
    expect(second).toEqual({ file: first.file, configChanged: false, replaced: true })
    expect(readFileSync(first.file, 'utf8')).not.toBe(before)
  })

  it('and a link need a daemon, or say what to do', async () => {
    const access = await accessOn(machine())
    expect(await access.tokenFile()).toBeNull()
    await expect(access.loginLink()).rejects.toMatchObject({ code: 'no_daemon', hint: 'Start one: tokstat serve' })
  })
})
