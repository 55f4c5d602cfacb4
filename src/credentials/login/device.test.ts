import { describe, expect, it } from 'vitest'
import { scanForCanaries } from '../../../test/helpers/canary.ts'
import { type FakeClock, fakeClock } from '../../../test/helpers/fake-clock.ts'
import { type FakeDialog, fakeDialog, type LoginScene, loginOptions, loginScene } from './testing.ts'

interface DeviceScene extends LoginScene {
  readonly time: FakeClock
  readonly dialog: FakeDialog
  /** Resolves when so many polls were answered, letting time pass between them. */
  polls(count: number): Promise<void>
  /** Milliseconds between polls. */
  readonly gaps: () => readonly number[]
}

async function deviceScene(
  facts: { readonly interactive?: boolean; readonly hasDisplay?: boolean } = {},
): Promise<DeviceScene> {
  const time = fakeClock()
  const scene = await loginScene({ clock: time.clock, hasDisplay: facts.hasDisplay ?? true })
  scene.world.add({ provider: 'copilot', name: 'ada' })
  const at: number[] = [time.clock.monotonicMs()]
  return {
    ...scene,
    time,
    dialog: fakeDialog({ interactive: facts.interactive ?? true }),
    async polls(wanted) {
      while (at.length - 1 < wanted) {
        // Between two polls the wait is the only timer; while one is under way there is none.
        while (time.pending() === 0) await turn()
        await time.advance(1_000)
        if (time.pending() === 0) at.push(time.clock.monotonicMs())
      }
    },
    gaps: () => at.slice(1).map((one, index) => one - (at[index] ?? 0)),
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}

const CODE = /FAKE-\d{4}/

describe('login with a device code', () => {
  it('shows page and code, polls at the interval, and keeps the token', async () => {
    const { own, dialog, polls, gaps, world, vault, simulator, time } = await deviceScene()
    const login = own.login(loginOptions('copilot', { name: 'home' }), dialog)
    const [code] = await dialog.said(CODE)
    expect(dialog.lines.join('\n')).toContain(`${simulator.url}/github.com/login/device`)
    expect(dialog.lines.join('\n')).toContain('Press c to copy the code, Enter to open the page')
    await polls(2)
    expect(gaps()).toEqual([5_000, 5_000])
    const [ada] = world.accounts
    if (ada) world.devices.approve(code, ada)
    await polls(3)
    expect(await login).toMatchObject({ id: 'copilot/home', provider: 'copilot' })
    expect(await vault.accounts.list()).toMatchObject([{ login: 'ada', store: 'vault-file' }])
    expect(await scanForCanaries({ folders: [vault.home] }, world.secrets())).toEqual([])
    expect(time.pending()).toBe(0)
    const [begun] = simulator.requests.to('github.com', '/login/device/code')
    expect(begun?.method).toBe('POST')
  })

  it('copies with c, opens with Enter, and neither without a terminal', async () => {
    const { own, dialog, opened, copied, world, polls } = await deviceScene()
    const login = own.login(loginOptions('copilot'), dialog).catch((error: unknown) => error)
    const [code] = await dialog.said(CODE)
    dialog.press('c')
    dialog.press('\r')
    await dialog.said(/Copied\.[\s\S]*Opened\./)
    expect([copied, opened]).toEqual([[code], [expect.stringContaining('/login/device')]])
    world.devices.deny(code)
    await polls(1)
    expect(await login).toMatchObject({ exitCode: 2, message: 'Access denied by user' })
    dialog.press('c')
    expect(copied).toHaveLength(1)
  })

  it('waits without a keyboard and without a display (T40)', async () => {
    const { own, dialog, world, polls } = await deviceScene({ interactive: false, hasDisplay: false })
    const login = own.login(loginOptions('copilot'), dialog)
    const [code] = await dialog.said(CODE)
    expect(dialog.lines.join('\n')).not.toContain('Press')
    const [ada] = world.accounts
    if (ada) world.devices.approve(code, ada)
    await polls(1)
    expect(await login).toMatchObject({ id: 'copilot/ada' })
  })

  it('slows down for good when it is told to, by 5 s each time (C30)', async () => {
    const { own, dialog, polls, gaps, simulator } = await deviceScene()
    const path = '/login/oauth/access_token'
    const body = { error: 'slow_down' }
    // A rule counts only what the one before it let pass: the first and the third poll.
    for (const nth of [1, 2]) {
      simulator.faults.add({ host: 'github.com', path, nth, times: 1, effect: { kind: 'reply', status: 200, body } })
    }
    const login = own.login(loginOptions('copilot'), dialog).catch((error: unknown) => error)
    await dialog.said(CODE)
    await polls(5)
    expect(gaps()).toEqual([5_000, 10_000, 10_000, 15_000, 15_000])
    dialog.interrupt()
    expect(await login).toMatchObject({ exitCode: 1, code: 'stopped' })
  })

  it('takes 5 s where the interval is absent or 0, and the longer one that slow_down names', async () => {
    const { own, dialog, polls, gaps, simulator } = await deviceScene()
    const begin = { device_code: 'fake-device', user_code: 'FAKE-0001', verification_uri: 'https://evil.example/x' }
    simulator.faults.add({
      host: 'github.com',
      path: '/login/device/code',
      effect: { kind: 'reply', status: 200, body: { ...begin, interval: 0, expires_in: '900' } },
    })
    const body = { error: 'slow_down', interval: 30 }
    const path = '/login/oauth/access_token'
    const pending = { error: 'authorization_pending' }
    simulator.faults.add({ host: 'github.com', path, times: 1, effect: { kind: 'reply', status: 200, body } })
    simulator.faults.add({ host: 'github.com', path, effect: { kind: 'reply', status: 200, body: pending } })
    const login = own.login(loginOptions('copilot'), dialog).catch((error: unknown) => error)
    await dialog.said(CODE)
    expect(dialog.lines.join('\n')).not.toContain('evil.example')
    await polls(2)
    expect(gaps()).toEqual([5_000, 30_000])
    dialog.interrupt()
    await login
  })

  it('waits longer when GitHub cannot be reached, and goes on', async () => {
    const { own, dialog, polls, gaps, simulator, world } = await deviceScene()
    const path = '/login/oauth/access_token'
    simulator.faults.add({ host: 'github.com', path, times: 1, effect: { kind: 'reset' } })
    simulator.faults.add({ host: 'github.com', path, times: 1, effect: { kind: 'html', status: 502 } })
    const login = own.login(loginOptions('copilot'), dialog)
    const [code] = await dialog.said(CODE)
    const [ada] = world.accounts
    if (ada) world.devices.approve(code, ada)
    await polls(3)
    expect(gaps()).toEqual([5_000, 10_000, 20_000])
    expect(await login).toMatchObject({ id: 'copilot/ada' })
  })

  it.each([
    ['expired_token', 'Device code expired, please try again'],
    ['access_denied', 'Access denied by user'],
    ['incorrect_device_code', 'OAuth error: incorrect_device_code.'],
    ['device_flow_disabled', 'OAuth error: device_flow_disabled.'],
  ])('ends with %s', async (error, message) => {
    const { own, dialog, polls, simulator, vault } = await deviceScene()
    const path = '/login/oauth/access_token'
    simulator.faults.add({ host: 'github.com', path, effect: { kind: 'reply', status: 200, body: { error } } })
    const login = own.login(loginOptions('copilot'), dialog).catch((thrown: unknown) => thrown)
    await dialog.said(CODE)
    await polls(1)
    expect(await login).toMatchObject({ exitCode: 2, message })
    expect(await vault.accounts.list()).toEqual([])
  })

  it('gives up when the code has expired, without another poll', async () => {
    const { own, dialog, simulator, time } = await deviceScene()
    const path = '/login/oauth/access_token'
    const body = { error: 'slow_down', interval: 890 }
    simulator.faults.add({ host: 'github.com', path, effect: { kind: 'reply', status: 200, body } })
    const login = own.login(loginOptions('copilot'), dialog).catch((thrown: unknown) => thrown)
    await dialog.said(CODE)
    while (time.pending() === 0) await turn()
    await time.advance(5_000)
    while (simulator.requests.to('github.com', path).length < 1) await turn()
    while (time.pending() === 0) await turn()
    // 890 s would still fit into the 895 that are left; the answer to that poll makes it 1,780.
    await time.advance(890_000)
    while (simulator.requests.to('github.com', path).length < 2) await turn()
    while (time.pending() === 0) await turn()
    await time.advance(5_000)
    expect(await login).toMatchObject({ exitCode: 2, message: 'Failed to obtain access token (timeout)' })
    expect(simulator.requests.to('github.com', path)).toHaveLength(2)
  })

  it('says that GitHub cannot be reached at the start', async () => {
    const { own, dialog, simulator } = await deviceScene()
    simulator.faults.add({ host: 'github.com', effect: { kind: 'html', status: 503 } })
    await expect(own.login(loginOptions('copilot'), dialog)).rejects.toMatchObject({
      exitCode: 3,
      code: 'upstream_unavailable',
    })
  })
})
