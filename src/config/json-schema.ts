import * as z from 'zod'
import { type ConfigurableProvider, configSchema } from './schema.ts'

/** JSON Schema of config.toml, for editors and `tokstat config schema`. */
export function configJsonSchema(providers: readonly ConfigurableProvider[]): z.core.JSONSchema.JSONSchema {
  return {
    ...z.toJSONSchema(configSchema(providers), { io: 'input', unrepresentable: 'any' }),
    title: 'tokstat config.toml',
  }
}
