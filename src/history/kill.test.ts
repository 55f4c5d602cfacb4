import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { KILL_SEED, killMoments, killRounds } from '../../test/helpers/kills.ts'
import { epochMs } from '../model/index.ts'
import { openDatabase } from './database.ts'
import { temporaryPath, testHistory } from './testing.ts'

const ROUNDS = killRounds(30, 10)

/** Lets the writer run until it has acknowledged `count` more, then kills it. Resolves with what it acknowledged. */
function killAfter(path: string, first: number, count: number, delayMs: number): Promise<number[]> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'kill.testing.ts'), path, String(first)])
    let text = ''
    let errors = ''
    let timer: NodeJS.Timeout | null = null
    child.stderr.on('data', (data) => {
      errors += String(data)
    })
    child.stdout.on('data', (data) => {
      text += String(data)
      if (timer === null && text.split('\n').length > count) timer = setTimeout(() => child.kill('SIGKILL'), delayMs)
    })
    child.on('error', reject)
    child.on('close', (code, signal) => {
      if (signal !== 'SIGKILL') return reject(new Error(`the writer ended with ${code}: ${errors}`))
      // The last line may be cut; what is not a whole line was not acknowledged.
      resolve(text.split('\n').slice(0, -1).map(Number))
    })
  })
}

describe('kill -9 in the middle of recording', () => {
  it(
    `loses no acknowledged sample and no message in ${ROUNDS} rounds with seed ${KILL_SEED}, and leaves the file sound (D11)`,
    async () => {
      const path = temporaryPath()
      const acknowledged: number[] = []
      const random = killMoments()
      for (let round = 0; round < ROUNDS; round++) {
        const first = (acknowledged.at(-1) ?? -1) + 1_000
        acknowledged.push(...(await killAfter(path, first, 20 + Math.floor(random() * 90), random() * 23)))
        const { store } = testHistory({ path })
        expect(store.health()).toEqual({ state: 'ok', notice: null })
        const stored = new Set([...store.samples({})].map((sample) => sample.used))
        expect(acknowledged.filter((number) => !stored.has(number))).toEqual([])
        const messages = store.pending(epochMs(4e12), 1_000_000).map((row) => row.body)
        // All or nothing: each stored sample has its message, and the state is the last one's.
        expect(new Set(messages)).toEqual(stored)
        store.transact((tx) => expect(tx.alertState('last')).toBe(Math.max(...[...stored].map(Number))))
        store.close()
        const db = openDatabase(path)
        expect(db.all('PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }])
        db.close()
      }
      expect(acknowledged.length).toBeGreaterThan(20 * ROUNDS)
    },
    120_000 + ROUNDS * 8_000,
  )
})
