import { describe, expect, it } from 'vitest'
import { query } from '../src/cli/commands/query.ts'
import { DOTENV_NAMES } from '../src/config/names.ts'
import { capitals, providerTitle } from '../src/format/provider-names.ts'
import { providers } from '../src/providers/registry.ts'

/** Words of a provider that stand outside its folder. Who adds one and forgets them is told here. */
describe('a provider', () => {
  it.each(providers.map((provider) => [provider.id, provider] as const))(
    'is known by its words everywhere: %s',
    (id, provider) => {
      const words = query.arguments?.[0]?.choices ?? []
      expect(words, 'SOURCES in src/cli/commands/query.ts').toContain(id)
      for (const name of provider.keyNames?.environment ?? []) {
        expect([...DOTENV_NAMES], 'KEY_NAMES in src/config/names.ts').toContain(name)
      }
      // Surfaces may use a shorter title than the provider's messages, but never one made up from the id by mistake.
      const plain = provider.title.replace(/[^a-z0-9]/gi, '').toLowerCase()
      const shown = providerTitle(id)
      expect(plain, 'src/format/provider-names.ts').toContain(shown.replace(/[^a-z0-9]/gi, '').toLowerCase())
      if (shown === capitals(id)) expect(provider.title, 'src/format/provider-names.ts').toContain(shown)
    },
  )

  it('shares no key with another', () => {
    const names = providers.flatMap(({ keyNames }) => [...(keyNames?.environment ?? []), ...(keyNames?.openCode ?? [])])
    expect(names.length).toBeGreaterThan(5)
    expect(new Set(names).size).toBe(names.length)
  })
})
