import type { Config } from '../config/load.ts'
import type { ProviderInfo } from '../model/app.ts'
import { providers } from '../providers/registry.ts'

/** The services tokstat knows, with how many accounts each has now. */
export function providerInfos(config: Config, accountsOf: (provider: string) => number): readonly ProviderInfo[] {
  return providers.map((provider) => ({
    id: provider.id,
    title: provider.title,
    enabled: config.providers[provider.id]?.enabled ?? true,
    accounts: accountsOf(provider.id),
    intervalSeconds: (config.providers[provider.id]?.intervalMs ?? provider.intervalSeconds * 1_000) / 1_000,
    sources: provider.sources,
    hosts: provider.hosts,
    signIn: provider.signIn,
  }))
}
