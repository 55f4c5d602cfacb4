import { describe, expect, it } from 'vitest'
import { epochMs } from '../model/index.ts'
import { zoneOffset } from './zone.ts'

describe('zoneOffset', () => {
  it('follows the season and odd quarter hours', () => {
    const berlin = zoneOffset('Europe/Berlin')
    expect(berlin?.(epochMs(Date.UTC(2026, 0, 15, 12)))).toBe(3_600_000)
    expect(berlin?.(epochMs(Date.UTC(2026, 6, 15, 12)))).toBe(7_200_000)
    expect(berlin?.(epochMs(Date.UTC(2026, 2, 29, 0, 59)))).toBe(3_600_000)
    expect(berlin?.(epochMs(Date.UTC(2026, 2, 29, 1)))).toBe(7_200_000)
    expect(zoneOffset('Asia/Kathmandu')?.(epochMs(0))).toBe(19_800_000)
    expect(zoneOffset('Asia/Kathmandu')?.(epochMs(Date.UTC(2026, 1, 1)))).toBe(20_700_000)
  })

  it('knows no zone that is none', () => {
    expect(zoneOffset('Mars/Base')).toBeNull()
  })
})
