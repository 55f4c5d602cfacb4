import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'
import * as z from 'zod'
import { type Environment, readEnvironment } from './environment.ts'
import { type ConfigFlags, type LoadedConfig, loadConfig } from './load.ts'
import { resolvePaths } from './paths.ts'
import type { ConfigurableProvider } from './schema.ts'

/** Two providers as different as they come: one with own keys and the shortest cadence, one without. */
export const PROVIDERS: readonly ConfigurableProvider[] = [
  {
    id: 'gemini-cli',
    settings: z
      .strictObject({ antigravity_accounts: z.boolean().default(false), user_agent: z.string().default('fake/1') })
      .prefault({}),
    intervalSeconds: 60,
    floorSeconds: 60,
  },
  { id: 'claude', settings: z.object({}), intervalSeconds: 300, floorSeconds: 300 },
]

export interface Machine {
  readonly home: string
  readonly cwd: string
  readonly configPath: string
  /** Writes a file below the home folder (`~/…`) or the working directory (`./…`). */
  put(place: string, text: string | Buffer): void
  environment(env?: Record<string, string>): Environment
  load(options?: { readonly env?: Record<string, string>; readonly flags?: ConfigFlags }): Promise<LoadedConfig>
}

/** An empty home folder and working directory that live for one test. */
export function machine(): Machine {
  const root = mkdtempSync(join(tmpdir(), 'tokstat-config-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  const home = join(root, 'home')
  const cwd = join(root, 'work')
  mkdirSync(home)
  mkdirSync(cwd)
  const environment = (env: Record<string, string> = {}): Environment =>
    readEnvironment({ env, cwd, platform: 'linux', home })
  return {
    home,
    cwd,
    configPath: join(home, '.config/tokstat/config.toml'),
    put: (place, text) => {
      const path = place.startsWith('~/') ? join(home, place.slice(2)) : join(cwd, place)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, text)
    },
    environment,
    load: ({ env = {}, flags = {} } = {}) => {
      const known = environment(env)
      return loadConfig({ paths: resolvePaths(known), environment: known, providers: PROVIDERS, flags })
    },
  }
}
