import { describe, expect, it } from 'vitest'
import { configReference } from './docs.ts'
import { setConfigValue } from './edit.ts'
import { validKeys } from './findings.ts'
import { configJsonSchema } from './json-schema.ts'
import type { LoadedConfig } from './load.ts'
import { configSchema } from './schema.ts'
import { machine, PROVIDERS } from './testing.ts'
import { validateConfig } from './validate.ts'
import { type ConfigEvent, watchConfig } from './watch-config.ts'

describe('changing one key in place', () => {
  const text = '# my settings\n[polling]\ninterval = "60s" # not too often\n\n# the web\n[server]\nport = 8000\n'

  it('keeps every other byte, comments included (D15)', () => {
    expect(setConfigValue(text, ['polling', 'interval'], '5m')).toBe(text.replace('"60s"', '"5m"'))
    expect(setConfigValue(text, ['server', 'port'], 9000)).toBe(text.replace('8000', '9000'))
  })

  it('adds a key, a table and a file', () => {
    const added = setConfigValue(text, ['providers', 'claude', 'enabled'], false)
    expect(added).toContain('# not too often')
    const checked = validateConfig('config.toml', added, configSchema(PROVIDERS))
    expect(checked.raw).toMatchObject({ server: { port: 8000 }, providers: { claude: { enabled: false } } })
    expect(setConfigValue('', ['pools', 'group'], 'pool')).toContain('group = "pool"')
  })

  it('removes a key', () => {
    const removed = setConfigValue(text, ['server', 'port'], null)
    expect(removed).not.toContain('8000')
    expect(removed).toContain('interval = "60s" # not too often')
  })

  it('refuses what cannot be set', () => {
    expect(() => setConfigValue(text, ['server', 'port', 'deep'], 1)).toThrow('no table')
    expect(() => setConfigValue(text, [], 1)).toThrow('No key')
    expect(() => setConfigValue(text, ['__proto__', 'x'], 1)).toThrow('No key')
    expect(() => setConfigValue('[broken', ['a'], 1)).toThrow(Error)
  })
})

describe('the JSON Schema and the reference', () => {
  it('describe every key, the providers’ own included', () => {
    const keys = validKeys(configSchema(PROVIDERS))
    expect(keys).toContain('providers.gemini-cli.antigravity_accounts')
    expect(keys).toContain('levels.balance')
    const reference = configReference(PROVIDERS)
    for (const key of keys) expect(reference, key).toContain(key.split('.').at(-1))
    expect(configJsonSchema(PROVIDERS)).toMatchObject({
      type: 'object',
      additionalProperties: false,
      properties: { polling: { properties: { interval: { default: '60s' } } } },
    })
  })

  it('give type, default and meaning in one row', () => {
    const reference = configReference(PROVIDERS)
    expect(reference).toContain('## `[providers.gemini-cli]`')
    expect(reference).toContain('| `port` | integer | `8000` | Port to listen on; 0 picks a free one. |')
    expect(reference).toContain('| `interval` | duration | `"60s"` |')
    expect(reference).toContain('| `max_size` | size | `"512MB"` |')
    expect(reference).toContain('| `user_agent` | string | `"fake/1"` | User-Agent to send')
    expect(reference).not.toContain('| any |')
    expect(reference).toContain('| `group` | `"family"`, `"pool"` | `"family"` |')
    expect(reference).toContain('| `name` | string | required | What people see; unique. |')
    expect(reference).toContain('## `[channels.<name>] type = "webhook"`')
  })
})

describe('hot reload', () => {
  async function setup() {
    const pc = machine()
    const events: ConfigEvent[] = []
    let changed = (): void => undefined
    let loads = 0
    let loading: Promise<LoadedConfig> | null = null
    let stopped = false
    const stop = watchConfig({
      initial: (await pc.load()).config,
      load: () => {
        loads += 1
        loading = pc.load()
        return loading
      },
      watch: (onChange) => {
        changed = onChange
        return () => {
          stopped = true
        }
      },
      onEvent: (event) => events.push(event),
    })
    const write = async (text: string): Promise<void> => {
      pc.put('~/.config/tokstat/config.toml', text)
      changed()
      await loading
      await new Promise((resolve) => setImmediate(resolve))
    }
    return { events, write, stop, change: () => changed(), loads: () => loads, isStopped: () => stopped }
  }

  it('reports a valid change, and says what needs a restart', async () => {
    const { events, write } = await setup()
    await write('[polling]\nconcurrency = 2\n[server]\nport = 9\n[storage]\nraw_retention = "1d"')
    expect(events).toMatchObject([
      {
        kind: 'changed',
        restartNeeded: ['server.port', 'storage.raw_retention'],
        config: { polling: { concurrency: 2 } },
      },
    ])
  })

  it('changes nothing for an invalid file, and counts the next valid one against the last good one', async () => {
    const { events, write } = await setup()
    await write('[server]\nport = 9')
    await write('[server]\nport = "x"')
    await write('[server]\nport = 9 # same')
    await write('')
    expect(events).toMatchObject([
      { kind: 'changed', restartNeeded: ['server.port'] },
      { kind: 'invalid', problems: [{ key: 'server.port', line: 2 }] },
      { kind: 'changed', restartNeeded: ['server.port'], config: { server: { port: 8000 } } },
    ])
  })

  it('never loads twice at once, and is silent after stop', async () => {
    const { events, write, stop, change, loads, isStopped } = await setup()
    for (let n = 0; n < 10; n += 1) change()
    await write('[polling]\nconcurrency = 2')
    expect(loads()).toBe(2)
    expect(events).toHaveLength(1)
    stop()
    await write('[polling]\nconcurrency = 3')
    expect([events.length, isStopped()]).toEqual([1, true])
  })
})
