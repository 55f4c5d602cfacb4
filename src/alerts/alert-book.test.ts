import { expect, it } from 'vitest'
import { openHistory } from '../history/open.ts'
import { SILENT, temporaryPath, testClock } from '../history/testing.ts'
import { MINUTE_MS, plusMs } from '../model/index.ts'
import { AlertBook } from './alert-book.ts'
import { alertId, plainAlert } from './make-alert.ts'

it('finds an alert by its id after a restart, however many have fired since', () => {
  const clock = testClock()
  const history = openHistory({ path: temporaryPath(), clock, log: SILENT })
  const at = (index: number) => plusMs(clock.now(), index * MINUTE_MS)
  const idOf = (index: number): string => alertId(at(index), `hash${index}`)
  history.transact((tx) => {
    const book = new AlertBook(history)
    for (let index = 0; index <= 2_001; index += 1) {
      const now = at(index)
      book.write(plainAlert({ id: idOf(index), event: 'recovered', message: `m${index}`, account: null, now }), tx)
    }
  })
  const book = new AlertBook(history)
  expect(book.find(idOf(0))?.message).toBe('m0')
  expect(book.find(idOf(2_001))?.message).toBe('m2001')
  expect(book.find('nothing')).toBeNull()
  history.close()
})
