import { describe, expect, it } from 'vitest'
import { DAY_MS, epochMs } from '../model/index.ts'
import { stream } from '../simulator/random.ts'
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

  it('knows half an hour of summer, a day that was left out, and the year before its zone was made (T07)', () => {
    const howe = zoneOffset('Australia/Lord_Howe')
    expect(howe?.(epochMs(Date.UTC(2026, 0, 1)))).toBe(39_600_000)
    expect(howe?.(epochMs(Date.UTC(2026, 3, 4, 14, 59)))).toBe(39_600_000)
    expect(howe?.(epochMs(Date.UTC(2026, 3, 4, 15)))).toBe(37_800_000)
    const apia = zoneOffset('Pacific/Apia')
    expect(apia?.(epochMs(Date.UTC(2011, 11, 30, 9, 59)))).toBe(-36_000_000)
    expect(apia?.(epochMs(Date.UTC(2011, 11, 30, 10)))).toBe(50_400_000)
  })

  it('is what the clock of every zone shows, at any instant (T06)', () => {
    const zones = [...Intl.supportedValuesOf('timeZone'), 'UTC']
    expect(zones.length).toBeGreaterThan(300)
    const random = stream(20_261_124)
    for (const zone of zones) {
      const at = Math.floor(Date.UTC(2000, 0, 1) + random() * 40 * 365 * DAY_MS)
      const offset = zoneOffset(zone)?.(epochMs(at)) ?? Number.NaN
      const shown = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' })
      const expected = new Date(at + offset).toISOString().slice(0, 19).replace('T', ' ')
      expect(shown.format(at), zone).toBe(expected)
    }
  })

  it('knows no zone that is none', () => {
    expect(zoneOffset('Mars/Base')).toBeNull()
  })
})
