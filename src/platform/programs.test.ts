import { describe, expect, it, onTestFinished } from 'vitest'
import { startLanguageServer } from '../../test/helpers/fake-language-server.ts'
import type { RunOwner } from '../model/provider.ts'
import { createPrograms } from './programs.ts'

const NAME = /^language_server/
const noTool: RunOwner = async () => ({ kind: 'missing' })

describe('programs of this user', () => {
  it('are found by name with their arguments, and with the ports they listen on', async () => {
    const server = await startLanguageServer({ answers: {}, csrfToken: 'fake-csrf' })
    onTestFinished(() => server.stop())
    const { programs, portsOf } = createPrograms({ platform: 'linux', runTool: noTool })
    const found = (await programs(NAME)).find(({ pid }) => pid === server.pid)
    expect(found?.argv[0]).toBe('/opt/antigravity/bin/language_server_linux_x64')
    expect(found?.argv).toContain('--csrf_token')
    expect(await portsOf(server.pid)).toEqual([server.port])
  })

  it('are none of another user, and none where nothing can be seen', async () => {
    const server = await startLanguageServer({ answers: {}, csrfToken: 'fake-csrf' })
    onTestFinished(() => server.stop())
    const { programs } = createPrograms({ platform: 'linux', runTool: noTool, uid: 4_242_424 })
    expect(await programs(NAME)).toEqual([])
    const { portsOf } = createPrograms({ platform: 'linux', runTool: noTool })
    expect(await portsOf(999_999_999)).toEqual([])
    for (const platform of ['darwin', 'win32']) {
      const blind = createPrograms({ platform, runTool: noTool })
      expect([await blind.programs(NAME), await blind.portsOf(1)]).toEqual([[], []])
    }
  })

  it('are read from ps and lsof on macOS, a path with spaces too', async () => {
    const app = '/Applications/Antigravity IDE.app/Contents/Resources/app/bin/language_server_macos_arm'
    const { programs, portsOf } = createPrograms({
      platform: 'darwin',
      runTool: async (command) => ({
        kind: 'done',
        exitCode: 0,
        stdout:
          command === 'ps'
            ? `  1 /sbin/launchd\n 42 ${app} --csrf_token fake --x=y\n`
            : 'p42\nf9\nn127.0.0.1:5001\nn*:5000\n',
      }),
    })
    expect(await programs(NAME)).toEqual([{ pid: 42, argv: [app, '--csrf_token', 'fake', '--x=y'] }])
    expect(await portsOf(42)).toEqual([5000, 5001])
  })

  it('are read from PowerShell on Windows, with quotes around the program', async () => {
    const exe = 'C:\\Users\\ada\\Programs\\Antigravity\\language_server_windows_x64.exe'
    const { programs, portsOf } = createPrograms({
      platform: 'win32',
      runTool: async (_command, args) => ({
        kind: 'done',
        exitCode: 0,
        stdout:
          args.at(-1)?.includes('CimInstance') === true ? `77 "${exe}" --csrf_token fake\r\n` : '6001\r\n6000\r\n',
      }),
    })
    expect(await programs(NAME)).toEqual([{ pid: 77, argv: [exe, '--csrf_token', 'fake'] }])
    expect(await portsOf(77)).toEqual([6000, 6001])
  })
})
