import type { ProviderId } from '../model/credential.ts'
import type { Provider } from '../model/provider.ts'
import type { Secret } from '../model/secret.ts'
import type { EnvironmentKey } from './ports.ts'

type Named = Pick<Provider, 'id' | 'keyNames'>

/** What the environment says of one variable; null where it is not set. */
export interface VariableLookup {
  readonly secret: (name: string) => Secret | null
  readonly originOf: (name: string) => string | null
}

/** `SourceEnvironment.keys`: what is set of the variables that the providers name for their keys. */
export function environmentKeys(providers: readonly Named[], variables: VariableLookup): readonly EnvironmentKey[] {
  return providers.flatMap(({ id, keyNames }) =>
    (keyNames?.environment ?? []).flatMap((name): readonly EnvironmentKey[] => {
      const secret = variables.secret(name)
      if (secret === null) return []
      return [{ provider: id, name, secret, origin: variables.originOf(name) ?? 'environment' }]
    }),
  )
}

/** `SourceEnvironment.openCodeKeys`: which entries of OpenCode's auth.json hold whose plain key. */
export function openCodeKeys(providers: readonly Named[]): ReadonlyMap<string, ProviderId> {
  return new Map(
    providers.flatMap(({ id, keyNames }) =>
      (keyNames?.openCode ?? []).map((entry): [string, ProviderId] => [entry, id]),
    ),
  )
}
