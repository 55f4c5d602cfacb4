import { describe, expect, it } from 'vitest'
import { ruleInfo } from '../model/alerts.ts'
import { toAlertSettings } from './load.ts'
import { machine } from './testing.ts'

describe('the condition of an alert rule', () => {
  it.each(['level <= low', 'remaining < 33%', 'remaining < 0.7%', 'remaining < 5 USD', 'runs_out_before_reset'])(
    'is shown as it is written: %s',
    async (when) => {
      const pc = machine()
      pc.put('~/.config/tokstat/config.toml', `[[alerts]]\nname = "a"\nwhen = "${when}"\n`)
      const { config } = await pc.load()
      expect(toAlertSettings(config).rules.map((rule) => ruleInfo(rule).when)).toEqual([when])
    },
  )
})
