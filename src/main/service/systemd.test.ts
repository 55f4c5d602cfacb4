import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { lookForTools } from '../../../test/helpers/tools.ts'
import type { ServiceSpec } from './spec.ts'
import { ALIAS, systemdFiles, UNIT, WATCHDOG_TIMER, WATCHDOG_UNIT } from './systemd.ts'

const { missing, note } = lookForTools('systemd-analyze')

function specOf(more: Partial<ServiceSpec> = {}): ServiceSpec {
  return {
    scope: 'system',
    user: 'ada',
    home: '/home/ada',
    node: '/opt/node/bin/node',
    entry: '/opt/tokstat/bin/tokstat.mjs',
    folder: '/opt/tokstat',
    vaultKey: null,
    ...more,
  }
}

function unit(name: string, more: Partial<ServiceSpec> = {}): string {
  return systemdFiles(specOf(more), '/units').find(({ path }) => path === `/units/${name}`)?.text ?? ''
}

describe('the unit of the system', () => {
  it('runs as who is signed in, on the whole path of a Node, again after a failure and at every boot (F18)', () => {
    const lines = unit(UNIT).split('\n')
    for (const line of [
      'User=ada',
      'WorkingDirectory=/opt/tokstat',
      'ExecStart=/opt/node/bin/node /opt/tokstat/bin/tokstat.mjs serve',
      'Restart=on-failure',
      'RestartSec=10',
      'WantedBy=multi-user.target',
      `Alias=${ALIAS}`,
    ]) {
      expect(lines).toContain(line)
    }
  })

  it('does not try for ever, and not at all again with settings that cannot be used (P02, P03)', () => {
    expect(unit(UNIT)).toMatch(/^StartLimitIntervalSec=300\nStartLimitBurst=5$/m)
    expect(unit(UNIT)).toMatch(/^RestartPreventExitStatus=4$/m)
  })

  it('leaves no picture of its memory behind (L08)', () => {
    expect(unit(UNIT)).toMatch(/^LimitCORE=0$/m)
    expect(unit(UNIT, { scope: 'user' })).toMatch(/^LimitCORE=0$/m)
  })

  it('writes to its own folders and nowhere else, and may make machine code as V8 does', () => {
    expect(unit(UNIT)).toMatch(/^ProtectSystem=strict\nProtectHome=read-only$/m)
    expect(unit(UNIT)).toContain(
      'ReadWritePaths=-/home/ada/.config/tokstat -/home/ada/.local/share/tokstat -/home/ada/.local/state/tokstat\n',
    )
    expect(unit(UNIT)).not.toContain('MemoryDenyWriteExecute')
  })

  it('is given the key of the vault by systemd, when there is one', () => {
    expect(unit(UNIT)).not.toContain('LoadCredential')
    expect(unit(UNIT, { vaultKey: '/etc/tokstat/vault.key' })).toMatch(
      /^LoadCredential=tokstat-vault-key:\/etc\/tokstat\/vault\.key$/m,
    )
  })

  it('is restarted by a watchdog that runs no program of the user with full rights', () => {
    const privileged = unit(WATCHDOG_UNIT)
      .split('\n')
      .filter((line) => /^Exec\w+=\+/.test(line))
    expect(privileged).toEqual([
      `ExecStopPost=+/bin/sh -c 'test "$$SERVICE_RESULT" = success || systemctl try-restart ${UNIT}'`,
    ])
    expect(unit(WATCHDOG_TIMER)).toMatch(new RegExp(`^PartOf=${UNIT}$`, 'm'))
  })

  it('keeps a path with spaces, quotes, specifiers and variables as it is', () => {
    const text = unit(UNIT, { entry: '/opt/my "50%" $HOME/tokstat.mjs', folder: '/srv/100% mine' })
    expect(text).toContain('ExecStart=/opt/node/bin/node "/opt/my \\"50%%\\" $$HOME/tokstat.mjs" serve\n')
    expect(text).toContain('WorkingDirectory=/srv/100%% mine\n')
  })
})

describe('the unit of a user', () => {
  it('names no user, is wanted at log-on, and asks for nothing that only root may give', () => {
    const text = unit(UNIT, { scope: 'user' })
    expect(text).not.toMatch(/^(User|Alias|ProtectSystem|CapabilityBoundingSet|ExecStartPre)=/m)
    expect(text).toMatch(/^WantedBy=default\.target$/m)
    expect(text).toMatch(/^NoNewPrivileges=yes$/m)
    expect(unit(WATCHDOG_UNIT, { scope: 'user' })).toContain(`systemctl --user try-restart ${UNIT}`)
    expect(text).toContain('`systemctl --user edit tokstat` keeps changes of yours')
    expect(unit(UNIT)).toContain('`systemctl edit tokstat` keeps changes of yours')
  })
})

describe.skipIf(missing.length > 0)(`systemd-analyze${note}`, () => {
  function written(scope: ServiceSpec['scope']): readonly string[] {
    const folder = mkdtempSync(join(tmpdir(), 'tokstat-units-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    mkdirSync(join(folder, 'my folder'))
    const real = { scope, user: userInfo().username, node: process.execPath, entry: process.execPath }
    const files = systemdFiles(specOf({ ...real, folder: join(folder, 'my folder') }), folder)
    for (const { path, text } of files) writeFileSync(path, text)
    return files.map(({ path }) => path)
  }

  function analyze(...args: readonly string[]): { readonly code: number | null; readonly text: string } {
    const env = { PATH: process.env['PATH'], XDG_RUNTIME_DIR: tmpdir(), HOME: tmpdir() }
    const run = spawnSync('systemd-analyze', args, { encoding: 'utf8', env })
    return { code: run.status, text: `${run.stdout}${run.stderr}` }
  }

  it.each(['system', 'user'] as const)('has nothing to say about the units in %s scope', (scope) => {
    const { code, text } = analyze(...(scope === 'user' ? ['--user'] : []), 'verify', ...written(scope))
    expect(text.split('\n').filter((line) => line.includes('tokstat'))).toEqual([])
    expect(code, text).toBe(0)
  })

  it('would complain about a broken one: the canary', () => {
    const [path = ''] = written('system')
    writeFileSync(path, '[Service]\nType=sometimes\nExecStart=/does/not/exist\n')
    expect(analyze('verify', path)).toMatchObject({ text: expect.stringContaining('tokstat.service') })
  })

  it('finds an exposure of 2.0 at most', () => {
    const [service = '', watchdog = ''] = written('system')
    for (const path of [service, watchdog]) {
      const { code, text } = analyze('security', '--offline=true', '--threshold=20', path)
      expect(code, text).toBe(0)
      expect(text).toMatch(/Overall exposure level for tokstat[-\w]*\.service: 1\.\d OK/)
    }
  })
})
