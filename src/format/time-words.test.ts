import { describe, expect, it } from 'vitest'
import { NOW } from '../../test/helpers/states.ts'
import { plusMs } from '../model/time.ts'
import { ageText } from './age.ts'
import { countdown } from './countdown.ts'
import { instantText } from './instant.ts'

const S = 1000
const M = 60 * S
const H = 60 * M
const D = 24 * H

describe('countdown', () => {
  it.each([
    [3 * H + 45 * M, 'in 3h 45m'],
    [3 * H + 45 * M + 59 * S, 'in 3h 45m'],
    [12 * M, 'in 12m'],
    [60 * M, 'in 1h 0m'],
    [59 * M + 59 * S, 'in 59m'],
    [2 * D + 4 * H + 59 * M, 'in 2d 4h'],
    [D, 'in 1d 0h'],
    [D - 1, 'in 23h 59m'],
    [30 * S, 'in 1m'],
    [1, 'in 1m'],
    [0, 'now'],
    [-1, 'now'],
    [-3 * D, 'now'],
  ])('%d ms ahead is "%s"', (ms, text) => {
    expect(countdown(plusMs(NOW, ms), NOW)).toBe(text)
  })

  it('is a dash without a reset', () => {
    expect(countdown(null, NOW)).toBe('—')
  })
})

describe('instantText', () => {
  const utc = instantText('UTC')

  it.each([
    [0, '09:00'],
    [5 * H, '14:00'],
    [-3 * H, '06:00'],
    [15 * H, 'Mon 00:00'],
    [5 * D, 'Fri 09:00'],
    [6 * D, 'Sat 09:00'],
    [7 * D, '29 Nov 09:00'],
    [-D, '21 Nov 09:00'],
    [60 * D, '21 Jan 2027'],
  ])('%d ms from Sunday 09:00 is "%s"', (ms, text) => {
    expect(utc(plusMs(NOW, ms), NOW)).toBe(text)
  })

  it('is in the zone of the reader, through a change of the clocks (T06)', () => {
    expect(instantText('Asia/Ho_Chi_Minh')(plusMs(NOW, 10 * H), NOW)).toBe('Mon 02:00')
    expect(instantText('America/New_York')(NOW, NOW)).toBe('04:00')
    expect(instantText('Asia/Kathmandu')(NOW, NOW)).toBe('14:45')
  })

  it('has a cheap form for the zone of the process', () => {
    const local = instantText(null)
    for (const ms of [0, 5 * H, 15 * H, 7 * D]) expect(local(plusMs(NOW, ms), NOW)).toBe(utc(plusMs(NOW, ms), NOW))
  })

  it('refuses a zone that does not exist', () => {
    expect(() => instantText('Mars/Olympus')).toThrow(RangeError)
  })
})

describe('ageText', () => {
  it.each([
    [0, 'as of just now'],
    [-5 * M, 'as of just now'],
    [20 * S, 'as of 20 s ago'],
    [3 * M + 59 * S, 'as of 3 min ago'],
    [5 * H, 'as of 5 h ago'],
    [47 * H, 'as of 47 h ago'],
    [3 * D, 'as of 3 d ago'],
  ])('%d ms is "%s"', (ms, text) => {
    expect(ageText(plusMs(NOW, -ms), NOW)).toBe(text)
  })

  it('says that there is no reading', () => {
    expect(ageText(null, NOW)).toBe('no data yet')
  })
})
