import { describe, expect, it } from 'vitest'
import { SAMPLE_NOW, sampleBoard } from '../../test/helpers/sample-board.ts'
import { testServer } from '../../test/helpers/server.ts'
import { epochMs } from '../model/index.ts'
import { createServerApp } from './app.ts'

async function feedOf(board = sampleBoard()): Promise<string> {
  const answer = await createServerApp(testServer({}, board).deps).request('/api/v1/resets.ics')
  expect(answer.headers.get('content-type')).toBe('text/calendar; charset=utf-8')
  return answer.text()
}

/** The lines as a reader puts them together again (RFC 5545, 3.1). */
function unfolded(text: string): string[] {
  return text.replace(/\r\n /g, '').split('\r\n')
}

describe('the calendar of resets', () => {
  it('has each reset ahead once, at its instant, and none that has passed', async () => {
    const board = sampleBoard()
    const lines = unfolded(await feedOf(board))
    const starts = lines.filter((line) => line.startsWith('DTSTART:')).map((line) => line.slice(8))
    const resets = board.accounts.flatMap(({ reading }) => (reading?.quotas ?? []).map((quota) => quota.resetsAt))
    const ahead = resets.filter((at) => at !== null && at > SAMPLE_NOW).map((at) => new Date(at ?? 0))
    const wanted = new Set(ahead.map((at) => at.toISOString().replace(/[-:]|\.\d+/g, '')))
    expect(starts.length).toBeGreaterThan(0)
    for (const start of starts) expect(wanted.has(start), start).toBe(true)
    expect(lines[0]).toBe('BEGIN:VCALENDAR')
    expect(lines.at(-2)).toBe('END:VCALENDAR')
  })

  it('keeps hostile names inside their text, and lines short', async () => {
    const board = sampleBoard()
    const accounts = board.accounts.map((state) => ({
      ...state,
      account: { ...state.account, id: `x/${'ä'.repeat(80)}\r\nBEGIN:VALARM;,\\` },
      reading: state.reading && {
        ...state.reading,
        quotas: state.reading.quotas.map((quota) => ({ ...quota, resetsAt: epochMs(SAMPLE_NOW + 60_000) })),
      },
    }))
    const text = await feedOf({ accounts })
    expect(unfolded(text).some((line) => line.startsWith('BEGIN:VALARM'))).toBe(false)
    expect(text).toContain('SUMMARY')
    for (const line of text.split('\r\n')) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75)
  })
})
