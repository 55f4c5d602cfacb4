import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { fakeClock } from '../../test/helpers/fake-clock.ts'
import { systemClock } from './clock.ts'
import { memoryLog } from './testing.ts'
import { watchPlaces } from './watch.ts'

let folder = ''
let file = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tokstat-watch-'))
  file = join(folder, 'auth.json')
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
})

const { log } = memoryLog()

/** Watches on real time; `changes` waits until it was called that often. */
function live(paths: readonly string[]) {
  let calls = 0
  const count = (): void => {
    calls += 1
  }
  const stop = watchPlaces(paths, () => count(), { clock: systemClock(), log })
  onTestFinished(stop)
  return {
    stop,
    calls: () => calls,
    changes: (wanted: number) => vi.waitFor(() => expect(calls).toBe(wanted), { timeout: 5_000, interval: 20 }),
  }
}

describe('the notices of the system', () => {
  it('tell of a file that appears, is written, is replaced by rename and goes', async () => {
    const watched = live([file])
    writeFileSync(file, 'one')
    await watched.changes(1)
    writeFileSync(file, 'other')
    await watched.changes(2)
    writeFileSync(`${file}.tmp`, 'third')
    renameSync(`${file}.tmp`, file)
    await watched.changes(3)
    rmSync(file)
    await watched.changes(4)
  })

  it('tell of a file in folders that do not exist yet, and again after the folder was replaced', async () => {
    const deep = join(folder, 'a', 'b', 'auth.json')
    const watched = live([deep])
    mkdirSync(join(folder, 'a'))
    mkdirSync(join(folder, 'a', 'b'))
    writeFileSync(deep, 'one')
    await watched.changes(1)
    rmSync(join(folder, 'a'), { recursive: true })
    await watched.changes(2)
    mkdirSync(join(folder, 'a', 'b'), { recursive: true })
    writeFileSync(deep, 'two')
    await watched.changes(3)
  })

  it('tell of a change behind a link', async () => {
    mkdirSync(join(folder, 'real'))
    const target = join(folder, 'real', 'auth.json')
    writeFileSync(target, 'one')
    symlinkSync(target, file)
    const watched = live([file])
    writeFileSync(target, 'other')
    await watched.changes(1)
  })

  it('tell of any file in a folder that is watched itself', async () => {
    const logins = join(folder, 'logins')
    const watched = live([logins])
    mkdirSync(logins)
    writeFileSync(join(logins, 'a.json'), 'one')
    await watched.changes(1)
    writeFileSync(join(logins, 'a.json'), 'other')
    await watched.changes(2)
    rmSync(join(logins, 'a.json'))
    await watched.changes(3)
  })

  it('make one call of a burst, and none of a neighbour’s change', async () => {
    writeFileSync(file, '0')
    const watched = live([file])
    writeFileSync(join(folder, 'neighbour'), 'x')
    for (let n = 0; n < 100; n += 1) writeFileSync(file, `burst ${n}`)
    await watched.changes(1)
    writeFileSync(join(folder, 'neighbour'), 'y')
    writeFileSync(file, 'last')
    await watched.changes(2)
  })
})

describe('the look every 30 s', () => {
  it('finds what no notice told of, in 250 ms steps of nobody’s time', async () => {
    writeFileSync(file, 'one')
    const fake = fakeClock()
    let calls = 0
    const count = (): void => {
      calls += 1
    }
    const stop = watchPlaces([file], () => count(), { clock: fake.clock, log })
    utimesSync(file, 1, 1)
    await fake.advance(30_000)
    expect(calls).toBe(1)
    await fake.advance(300_000)
    expect(calls).toBe(1)
    stop()
    expect(fake.pending()).toBe(0)
  })
})

describe('stopping', () => {
  it.runIf(process.platform === 'linux')('leaves no handle, no timer and no later call', async () => {
    const handles = () => process.getActiveResourcesInfo().filter((name) => name === 'FSEventWrap').length
    const before = handles()
    const fake = fakeClock()
    let calls = 0
    const count = (): void => {
      calls += 1
    }
    for (let round = 0; round < 20; round += 1) {
      const stop = watchPlaces([file, join(folder, 'x', 'y')], () => count(), { clock: fake.clock, log })
      writeFileSync(file, `${round}`)
      stop()
    }
    await fake.advance(60_000)
    expect([calls, fake.pending(), handles()]).toEqual([0, 0, before])
    expect(readdirSync(folder)).toEqual(['auth.json'])
  })
})
