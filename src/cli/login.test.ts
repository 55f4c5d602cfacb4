import { describe, expect, it } from 'vitest'
import { cli, fakeApp, fakeIo } from '../../test/helpers/fake-cli.ts'
import { sampleDocument } from '../../test/helpers/sample-document.ts'
import { AppError, type LoginOptions, type OwnAccountInfo } from '../model/app.ts'
import { openDialog } from './login-dialog.ts'

const ACCOUNT: OwnAccountInfo = {
  id: 'copilot/home',
  name: 'home',
  provider: 'copilot',
  email: null,
  keptIn: 'the keyring of this system (service "tokstat")',
}

describe('login', () => {
  it('passes on what was asked for and says where the secret is', async () => {
    const asked: LoginOptions[] = []
    const app = fakeApp(sampleDocument, {
      login: async (options) => {
        asked.push(options)
        return ACCOUNT
      },
    })
    const { code, out } = await cli(['login', 'copilot', '--name', 'my home', '--no-browser', '--replace'], { app })
    expect(code).toBe(0)
    expect(asked).toEqual([
      { provider: 'copilot', name: 'my home', replace: true, browser: false, keyFromStdin: false },
    ])
    expect(out).toContain('Successfully authenticated: copilot/home')
    expect(out).toContain('the keyring of this system')
    const json = await cli('login copilot --json --key-stdin', { app })
    expect(JSON.parse(json.out)).toEqual({ account: ACCOUNT })
    expect(asked.at(-1)).toEqual({ provider: 'copilot', name: null, replace: false, browser: true, keyFromStdin: true })
  })

  it('keeps stdout for data: notes and questions go to stderr', async () => {
    const app = fakeApp(sampleDocument, {
      login: async (_options, dialog) => {
        dialog.say('Open this address\u001b[31m')
        return ACCOUNT
      },
    })
    const { out, err } = await cli('login copilot --json', { app })
    expect(err).toBe('Open this address\n')
    expect(JSON.parse(out)).toEqual({ account: ACCOUNT })
  })

  it('exits with the code of the refusal and keeps no listener', async () => {
    const app = fakeApp(sampleDocument, {
      login: async () => Promise.reject(new AppError(2, 'login_denied', 'Access denied by user')),
    })
    expect(await cli('login copilot', { app })).toMatchObject({ code: 2, err: 'tokstat: Access denied by user\n' })
  })
})

describe('remove and rename', () => {
  it('says what went, what stays and how to purge it', async () => {
    const app = fakeApp(sampleDocument, {
      removeAccount: async (_account, { purge }) => ({ id: 'copilot/my home', name: 'my home', purged: purge }),
    })
    const kept = await cli('remove home', { app })
    expect(kept.out).toContain("✓ Removed account 'my home'")
    expect(kept.out).toContain("tokstat remove 'copilot/my home' --purge")
    expect((await cli('remove home --purge', { app })).out).toContain('Its history is deleted.')
    expect(JSON.parse((await cli('remove home --json', { app })).out)).toEqual({
      removed: { id: 'copilot/my home', name: 'my home', purged: false },
    })
  })

  it('names the new id', async () => {
    const app = fakeApp(sampleDocument, {
      renameAccount: async (_from, name) => ({ ...ACCOUNT, id: `copilot/${name}` }),
    })
    expect((await cli('rename home work', { app })).out).toContain('Renamed to copilot/work')
    expect((await cli('rename home', { app })).code).toBe(4)
  })
})

const never = new AbortController().signal

describe('the conversation', () => {
  it('echoes a visible line and lets it be edited', async () => {
    const terminal = fakeIo({ isTTY: true })
    const { dialog, close } = openDialog(terminal.io)
    const line = dialog.ask('Where? ', { hidden: false, signal: never })
    terminal.press('abx')
    terminal.press('\u007f')
    terminal.press('\u001b[D\u001b[200~c\u001b[201~\r')
    expect(await line).toBe('abc')
    expect(terminal.err()).toBe('Where? abx\b \bc\n')
    close()
    expect(terminal.listeners()).toBe(0)
  })

  it('shows nothing of a hidden line', async () => {
    const terminal = fakeIo({ isTTY: true })
    const { dialog, close } = openDialog(terminal.io)
    const line = dialog.ask('Key: ', { hidden: true, signal: never })
    terminal.press('sk-fake-key\r')
    expect(await line).toBe('sk-fake-key')
    expect(terminal.err() + terminal.out()).toBe('Key: \n')
    close()
  })

  it('keeps lines that came in one chunk for the next question', async () => {
    const terminal = fakeIo()
    const { dialog, close } = openDialog(terminal.io)
    const first = dialog.ask('', { hidden: false, signal: never })
    terminal.press('one\r\ntwo\nthr')
    expect(await first).toBe('one')
    expect(await dialog.ask('', { hidden: false, signal: never })).toBe('two')
    const third = dialog.ask('', { hidden: false, signal: never })
    terminal.press('ee')
    terminal.endInput()
    expect(await third).toBe('three')
    const fourth = dialog.ask('', { hidden: false, signal: never })
    terminal.endInput()
    expect(await fourth).toBeNull()
    close()
    expect(terminal.listeners()).toBe(0)
  })

  it.each([
    ['\u0003', 'Ctrl-C'],
    ['signal', 'a signal'],
  ])('ends with %j (%s)', async (how) => {
    const terminal = fakeIo({ isTTY: true })
    const { dialog, close } = openDialog(terminal.io)
    const line = dialog.ask('Key: ', { hidden: true, signal: never })
    if (how === 'signal') terminal.interrupt()
    else terminal.press(how)
    expect(await line).toBeNull()
    expect(dialog.signal.aborted).toBe(true)
    expect(await dialog.ask('Again: ', { hidden: true, signal: never })).toBeNull()
    close()
    expect(terminal.listeners()).toBe(0)
  })

  it('is over for whoever stops waiting', async () => {
    const terminal = fakeIo({ isTTY: true })
    const { dialog, close } = openDialog(terminal.io)
    const stop = new AbortController()
    const line = dialog.ask('', { hidden: false, signal: stop.signal })
    stop.abort()
    expect(await line).toBeNull()
    expect(dialog.signal.aborted).toBe(false)
    close()
    expect(terminal.listeners()).toBe(0)
  })

  it('reads a key from a pipe to its end, and says so where there is no pipe', async () => {
    const piped = fakeIo()
    const { dialog, close } = openDialog(piped.io)
    const key = dialog.readAll(never)
    piped.press('sk-fake')
    piped.press('-key\n')
    piped.endInput()
    expect(await key).toBe('sk-fake-key\n')
    close()
    const terminal = openDialog(fakeIo({ isTTY: true }).io)
    await expect(async () => terminal.dialog.readAll(never)).rejects.toMatchObject({ exitCode: 4 })
    terminal.close()
  })

  it('passes keys on, and none without a terminal', () => {
    const terminal = fakeIo({ isTTY: true })
    const { dialog, close } = openDialog(terminal.io)
    const seen: string[] = []
    const stop = dialog.onKeys((keys) => seen.push(keys))
    terminal.press('c')
    terminal.press('\u0003')
    expect([seen, dialog.signal.aborted]).toEqual([['c'], true])
    stop()
    close()
    expect(terminal.listeners()).toBe(0)
    const piped = fakeIo()
    openDialog(piped.io).dialog.onKeys(() => seen.push('x'))
    piped.press('c')
    expect(seen).toEqual(['c'])
  })
})
