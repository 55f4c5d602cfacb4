/** What docs/faq.md says is sent is what is sent: seen by the services themselves. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { providers } from '../../src/providers/registry.ts'
import { createWorld } from '../../src/simulator/world.ts'
import { createMachine, type Machine } from '../helpers/machine.ts'
import { stopPrograms } from '../helpers/program.ts'

const page = readFileSync(join(import.meta.dirname, '../../docs/faq.md'), 'utf8')

interface Row {
  readonly provider: string
  readonly hosts: string
  readonly headers: readonly string[]
}

const rows = [...page.matchAll(/^\| `([\w-]+)` \| ([^|]+) \| ([^|]+) \|/gm)].map(
  ([, provider = '', hosts = '', headers = '']): Row => ({
    provider,
    hosts,
    headers: [...headers.matchAll(/`([\w-]+)`/g)].map((match) => match[1] ?? '').sort(),
  }),
)

/** What every HTTP client sends of its own accord. */
const ANY_CLIENT = new Set(
  'host connection accept-encoding accept-language sec-fetch-mode content-length cache-control pragma'.split(' '),
)
const SIMULATED = ['antigravity', 'claude', 'codex', 'copilot', 'gemini-cli', 'nano-gpt', 'openrouter']

let machine: Machine

afterEach(async () => {
  await stopPrograms()
  await machine?.remove()
})

describe('what is sent', () => {
  it('is written down for every provider, with its hosts', () => {
    expect(rows.map(({ provider }) => provider).sort()).toEqual(providers.map(({ id }) => id).sort())
    for (const { id, hosts } of providers) {
      const row = rows.find(({ provider }) => provider === id)
      for (const host of hosts) if (row?.hosts !== 'as above') expect(row?.hosts, id).toContain(host)
    }
  })

  it('are these headers and no other, to each service', async () => {
    const accounts = Object.fromEntries(SIMULATED.map((id) => [id, 1]))
    const world = createWorld({ seed: 8, accounts })
    machine = await createMachine({ world, providers: SIMULATED })
    await machine.run(['list'])
    for (const { provider, headers } of rows.filter((row) => SIMULATED.includes(row.provider))) {
      const own = machine.simulator.requests.all.filter(({ account }) => account?.startsWith(`${provider}/`))
      const sent = new Set(
        own.flatMap((request) => Object.keys(request.headers)).filter((name) => !ANY_CLIENT.has(name)),
      )
      expect([...sent].sort(), provider).toEqual(headers)
    }
  })
})
