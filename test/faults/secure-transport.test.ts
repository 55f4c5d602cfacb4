import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AccountsDocument } from '../../src/model/document.ts'
import { createWorld } from '../../src/simulator/world.ts'
import { scanForCanaries } from '../helpers/canary.ts'
import { createMachine, type Machine } from '../helpers/machine.ts'
import type { Finished } from '../helpers/program.ts'
import { stopPrograms } from '../helpers/program.ts'
import {
  type Authority,
  type Certificate,
  createAuthority,
  type FakeProxy,
  startProxy,
  startTlsFront,
} from '../helpers/tls.ts'
import { lookForTools } from '../helpers/tools.ts'

const HOSTS = ['*.googleapis.com']
const PASSWORD = 'fake-proxy-password-7f3a'
const CONFIG = '[polling]\ntimeout = "2s"\n'

const { missing, note } = lookForTools('openssl')

let folder: string
let authority: Authority
let machine: Machine

interface Way {
  readonly proxy: FakeProxy
  readonly run: (args: readonly string[], env?: Readonly<Record<string, string>>) => Promise<Finished>
}

/** Runs the program as on a company's machine: no upstream, real host names, everything through a proxy. */
async function through<Value>(
  behaviour: Certificate | Parameters<typeof startProxy>[0],
  work: (way: Way) => Promise<Value>,
): Promise<Value> {
  const front = typeof behaviour === 'object' ? await startTlsFront(behaviour, machine.simulator.url) : null
  const proxy = await startProxy(front?.port ?? (behaviour as Parameters<typeof startProxy>[0]))
  const variables = {
    HTTPS_PROXY: `http://user:${PASSWORD}@127.0.0.1:${proxy.port}`,
    HTTP_PROXY: `http://user:${PASSWORD}@127.0.0.1:${proxy.port}`,
    TOKSTAT_UPSTREAM: '',
    TOKSTAT_LOG: 'debug',
  }
  try {
    return await work({ proxy, run: (args, env = {}) => machine.run(args, { ...variables, ...env }) })
  } finally {
    await proxy.stop()
    await front?.stop()
    await rm(machine.path('.local/state'), { recursive: true, force: true })
  }
}

function problemsOf(run: Finished): readonly { code: string; message: string; hint: string | null }[] {
  const { accounts } = JSON.parse(run.stdout) as AccountsDocument
  return accounts.flatMap(({ problem }) => (problem === null ? [] : [problem]))
}

async function expectNoSecret(run: Finished): Promise<void> {
  const texts = { stdout: run.stdout, stderr: run.stderr }
  expect(await scanForCanaries({ texts }, [PASSWORD, ...machine.world.secrets()])).toEqual([])
}

describe.skipIf(missing.length > 0)(`the way to the services${note}`, () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tokstat-ca-'))
    authority = createAuthority(folder)
    machine = await createMachine({ world: createWorld({ seed: 51, accounts: { antigravity: 2 } }), config: CONFIG })
  })

  afterAll(async () => {
    await stopPrograms()
    await machine.remove()
    await rm(folder, { recursive: true, force: true })
  })

  it('H24, H25 leads through the proxy and trusts the authority of NODE_EXTRA_CA_CERTS', async () => {
    await through(authority.issue(HOSTS), async ({ proxy, run }) => {
      const list = await run(['list', '--json'], { NODE_EXTRA_CA_CERTS: authority.file })
      expect(list.code, list.stderr).toBe(0)
      expect(problemsOf(list)).toEqual([])
      const lines = new Set(proxy.asked.map(({ line }) => line))
      expect([...lines].sort()).toEqual([
        'CONNECT daily-cloudcode-pa.googleapis.com:443',
        'CONNECT oauth2.googleapis.com:443',
      ])
      const authorization = `Basic ${Buffer.from(`user:${PASSWORD}`).toString('base64')}`
      expect(proxy.asked.every((asked) => asked.authorization === authorization)).toBe(true)
      await expectNoSecret(list)
    })
  })

  it.each<[string, () => Certificate, boolean, RegExp]>([
    ['an authority that nobody knows', () => authority.issue(HOSTS), false, /authority this machine does not know|TLS/],
    ['a certificate that has expired', () => authority.issue(HOSTS, true), true, /expired/],
    ['a certificate for another host', () => authority.issue(['other.example.com']), true, /another host/],
  ])(
    'H24 %s: no request is sent, the cause is named, and no way around it is offered',
    async (_title, issue, trusts, words) => {
      await through(issue(), async ({ run }) => {
        const before = machine.simulator.requests.all.length
        const list = await run(['list', '--json'], trusts ? { NODE_EXTRA_CA_CERTS: authority.file } : {})
        expect(list.code).toBe(3)
        const problems = problemsOf(list)
        expect(problems).toHaveLength(2)
        for (const { code, message, hint } of problems) {
          expect(code).toBe('network')
          expect(message).toMatch(words)
          expect(`${message}${hint}`).not.toMatch(/insecure|skip|reject.?unauthorized|disable/i)
        }
        expect(machine.simulator.requests.all).toHaveLength(before)
        await expectNoSecret(list)
      })
    },
  )

  it.each<[string, Parameters<typeof startProxy>[0], string, RegExp]>([
    ['wants another password', 'HTTP/1.1 407 Proxy Authentication Required', 'network', /407/],
    ['cannot reach the service', 'HTTP/1.1 502 Bad Gateway', 'network', /502/],
    ['does not answer', 'silent', 'timeout', /did not answer/],
  ])('H25 a proxy that %s is named, without its password', async (_title, behaviour, code, words) => {
    await through(behaviour, async ({ proxy, run }) => {
      const list = await run(['list', '--json'])
      expect(list.code).toBe(3)
      for (const problem of problemsOf(list)) {
        expect(problem.code).toBe(code)
        expect(problem.message).toMatch(words)
      }
      expect(proxy.asked.length).toBeGreaterThan(0)
      await expectNoSecret(list)
    })
  })

  it('H25 is direct to loopback: the daemon is never asked through the proxy', async () => {
    const daemon = await machine.serve()
    await daemon.whenAccounts(
      'both are read',
      (accounts) => accounts.length === 2 && accounts.every(({ status }) => status === 'ok'),
    )
    await through('HTTP/1.1 502 Bad Gateway', async ({ proxy, run }) => {
      const list = await run(['list', '--json'])
      expect(list.code, list.stderr).toBe(0)
      expect(problemsOf(list)).toEqual([])
      expect(proxy.asked).toEqual([])
    })
  })
})
