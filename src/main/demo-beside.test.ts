import { describe, expect, it } from 'vitest'
import { fakeClock } from '../../test/helpers/fake-clock.ts'
import { demoBeside } from './demo-beside.ts'

function demos(fails = false) {
  const fake = fakeClock()
  const log: string[] = []
  const demo = demoBeside(async () => {
    log.push('start')
    if (fails) throw new Error('no room')
    return { url: `http://127.0.0.1:${log.length}`, stop: async () => void log.push('stop') }
  }, fake.clock)
  return { demo, log, fake }
}

describe('the demo beside a daemon', () => {
  it('is started once, however often it is asked for, and stopped with the daemon', async () => {
    const { demo, log } = demos()
    const urls = await Promise.all([demo.url(), demo.url()])
    expect(new Set(urls)).toEqual(new Set(['http://127.0.0.1:1']))
    await demo.stop()
    await demo.stop()
    expect(log).toEqual(['start', 'stop'])
  })

  it('ends by itself an hour after it was last asked for, and can be asked for again', async () => {
    const { demo, log, fake } = demos()
    await demo.url()
    await fake.advance(3_000_000)
    await demo.url()
    await fake.advance(3_000_000)
    expect(log).toEqual(['start'])
    await fake.advance(600_000)
    expect(log).toEqual(['start', 'stop'])
    await demo.url()
    expect(log).toEqual(['start', 'stop', 'start'])
    await demo.stop()
    expect(fake.pending()).toBe(0)
  })

  it('that cannot be started says so each time', async () => {
    const { demo, log } = demos(true)
    await expect(demo.url()).rejects.toThrow('no room')
    await expect(demo.url()).rejects.toThrow('no room')
    await demo.stop()
    expect(log).toEqual(['start', 'start'])
  })
})
