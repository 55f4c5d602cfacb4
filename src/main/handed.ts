import type { ProviderId } from '../model/credential.ts'
import type { JsonFile } from '../model/ports.ts'
import { jsonFile } from '../platform/store.ts'
import type { Context } from './context.ts'

/** What owners' programs have handed over for one provider. Personal ids and shares, no secret. */
export function handedFile({ paths, clock }: Pick<Context, 'paths' | 'clock'>, provider: ProviderId): JsonFile {
  return jsonFile(`${paths.state}/handed-${provider}.json`, clock)
}
