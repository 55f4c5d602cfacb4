import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createWorld } from '../../src/simulator/world.ts'
import { createMachine, type Machine } from '../helpers/machine.ts'
import { stopPrograms } from '../helpers/program.ts'

/** What a service of the system does not have and a login has. */
const NO_LOGIN = { XDG_RUNTIME_DIR: '' }

describe('a daemon that was started as a service of the system', () => {
  let machine: Machine

  beforeAll(async () => {
    const world = createWorld({ seed: 3, accounts: { antigravity: 1 } })
    machine = await createMachine({ world, providers: ['antigravity'] })
  })

  afterAll(async () => {
    await stopPrograms()
    await machine.remove()
  })

  it('is found by the service’s check and by the user’s own command line, and missed when it is gone', async () => {
    const waiting = machine.run(['service', 'check', '--wait', '10s'], NO_LOGIN)
    const daemon = await machine.serve([], NO_LOGIN)
    expect(await waiting, 'a check that waits sees it start').toMatchObject({ code: 0 })
    await daemon.whenAccounts('it is read', ([account]) => account?.status === 'ok')

    const check = await machine.run(['service', 'check', '--json'])
    expect(check.code, check.stderr).toBe(0)
    expect(JSON.parse(check.stdout)).toMatchObject({ healthy: true, url: daemon.url })
    const list = await machine.run(['list', '--json'])
    expect(list.stderr, 'it asks the daemon, which holds the lock').not.toContain('Another tokstat')
    expect(list.code).toBe(0)

    daemon.program.signal('SIGKILL')
    await daemon.program.ended
    // What a killed daemon leaves names a port at which nobody answers.
    const gone = await machine.run(['service', 'check'])
    expect([gone.code, gone.stderr]).toEqual([1, expect.stringContaining('tokstat does not answer.')])
  })
})
