import stringWidth from 'string-width'
import { describe, expect, it } from 'vitest'
import { golden } from '../../test/helpers/golden.ts'
import { sampleDocument } from '../../test/helpers/sample-document.ts'
import { aProblem, aState, aWindow, NOW } from '../../test/helpers/states.ts'
import type { AccountState } from '../model/account.ts'
import { toAccountsDocument } from '../model/document.ts'
import { DEFAULT_RULES } from '../model/settings.ts'
import { HOUR_MS, plusMs } from '../model/time.ts'
import { emptyLines, flatList, groupedList, type ListView } from './list-view.ts'
import { paintFor } from './paint.ts'
import { showBoxes } from './show-view.ts'

const ESC = '\u001b'

function view(facts: Partial<ListView> = {}): ListView {
  const document = facts.document ?? sampleDocument
  return {
    document,
    whole: document,
    now: NOW,
    rules: DEFAULT_RULES,
    width: 80,
    timeZone: 'UTC',
    allModels: false,
    paint: paintFor(false),
    ...facts,
  }
}

function of(...states: readonly AccountState[]): Partial<ListView> {
  return { document: toAccountsDocument({ accounts: states }, NOW, DEFAULT_RULES) }
}

const page = (lines: readonly string[]): string => `${lines.join('\n')}\n`

describe('golden frames', () => {
  it('at 80 columns', () => {
    const text = page(groupedList(view()))
    expect(text).toBe(golden('list-80.txt', text))
  })

  it('at 120 columns', () => {
    const text = page(groupedList(view({ width: 120 })))
    expect(text).toBe(golden('list-120.txt', text))
  })

  it('piped', () => {
    const text = page(flatList(view({ width: null })))
    expect(text).toBe(golden('list-plain.txt', text))
  })

  it('in a box', () => {
    const boxes = showBoxes(sampleDocument, {
      now: NOW,
      timeZone: 'UTC',
      width: 80,
      allModels: false,
      paint: paintFor(false),
    })
    const text = page(boxes)
    expect(text).toBe(golden('show-80.txt', text))
  })
})

describe('width', () => {
  it.each([60, 80, 100, 120, 200])('is kept at %d columns', (width) => {
    for (const line of [...groupedList(view({ width })), ...flatList(view({ width }))]) {
      expect(stringWidth(line)).toBeLessThanOrEqual(width)
    }
  })

  it('never costs the percent or its word', () => {
    for (const width of [60, 80]) {
      const text = page(groupedList(view({ width })))
      for (const status of [
        '23% 🔴 LOW',
        '45% 🟡 MEDIUM',
        '87% 🟢 OK',
        '0% ⛔ EXHAUSTED',
        '∞ UNLIMITED',
        '– UNKNOWN',
      ]) {
        expect(text).toContain(status)
      }
    }
  })

  it('makes every line of a box equally wide', () => {
    for (const width of [60, 80, 120, null]) {
      const boxes = showBoxes(sampleDocument, {
        now: NOW,
        timeZone: 'UTC',
        width,
        allModels: true,
        paint: paintFor(false),
      })
      const text = boxes.join('\n')
      for (const box of text.split('\n\n'))
        expect(new Set(box.split('\n').map((line) => stringWidth(line))).size).toBe(1)
    }
  })
})

describe('a box', () => {
  const long = aState({
    account: { provider: 'antigravity', name: 'somebody.with.a.long.name@a-company.example.com', email: null },
    observedAt: plusMs(NOW, -60_000),
    problem: aProblem('timeout', {
      message: 'No answer.',
      hint: `Look at https://status.example.com/${'x'.repeat(80)} or wait.`,
    }),
    quotas: [
      aWindow('a', 0, { label: 'A limit with a rather long name', resetsAt: plusMs(NOW, 100 * HOUR_MS) }),
      aWindow('b', null, { label: 'Spend', kind: 'spend', unit: 'USD', used: 123_456.78, resetsAt: null }),
    ],
  })
  const documents = { sample: sampleDocument, long: toAccountsDocument({ accounts: [long] }, NOW, DEFAULT_RULES) }

  it.each(['sample', 'long'] as const)('of the %s document is as wide as its frame, at every width', (name) => {
    for (let width = 30; width <= 130; width += 1) {
      for (const color of [false, true]) {
        const facts = { now: NOW, timeZone: 'UTC', width, allModels: true, paint: paintFor(color) }
        for (const box of showBoxes(documents[name], facts).join('\n').split('\n\n')) {
          const widths = new Set(box.split('\n').map((line) => stringWidth(line)))
          expect({ width, sizes: widths.size, fits: Math.max(...widths) <= width }).toEqual({
            width,
            sizes: 1,
            fits: true,
          })
        }
      }
    }
  })

  it('keeps the percent and its word at 60 columns', () => {
    const boxes = showBoxes(documents.long, {
      now: NOW,
      timeZone: 'UTC',
      width: 60,
      allModels: true,
      paint: paintFor(false),
    })
    expect(boxes.join('\n')).toMatch(/0% ⛔ EXHAUSTED .*in 4d 4h.*\n.*\$123,456\.78 spent/)
  })
})

describe('colour', () => {
  it.each([
    [0.7, 32],
    [0.69, 33],
    [0.3, 33],
    [0.29, 31],
    [0, 31],
  ])('%d left has SGR code %d on bar and word', (left, code) => {
    const text = page(
      groupedList(view({ ...of(aState({ quotas: [aWindow('session', left)] })), paint: paintFor(true) })),
    )
    const status = /🟢 OK|🟡 MEDIUM|🔴 LOW|⛔ EXHAUSTED/.exec(text)?.[0]
    expect(text).toMatch(new RegExp(`${ESC}\\[${code}m *\\d+% ${status}${ESC}\\[39m`))
    if (left > 0) expect(text).toMatch(new RegExp(`${ESC}\\[${code}m█+${ESC}\\[39m`))
  })

  it('is grey for what is stale, unknown or unlimited', () => {
    const quotas = [aWindow('session', 0.9)]
    const text = page(
      groupedList(view({ ...of(aState({ quotas, observedAt: plusMs(NOW, -HOUR_MS) })), paint: paintFor(true) })),
    )
    expect(text).toMatch(new RegExp(`${ESC}\\[90m *90% ⚪ STALE${ESC}\\[39m`))
    expect(text).not.toContain('🟢')
  })

  it('changes no character of the text', () => {
    const plain = page(groupedList(view()))
    const coloured = page(groupedList(view({ paint: paintFor(true) })))
    expect(coloured.replace(new RegExp(`${ESC}\\[\\d+m`, 'g'), '')).toBe(plain)
    expect(plain).not.toContain(ESC)
  })
})

describe('content', () => {
  it('keeps hostile names, labels and messages from the terminal', () => {
    const evil = `${ESC}]0;owned\u0007a${ESC}[31m\u202eb\nc\u009b2J`
    const state = aState({
      account: { id: `claude/${evil}`, name: evil },
      quotas: [aWindow('session', 0.5, { label: evil, unit: evil, remaining: 3 })],
      problem: { code: 'rejected', message: evil, hint: evil, since: NOW, retryAt: null },
    })
    for (const lines of [groupedList(view(of(state))), flatList(view({ ...of(state), width: null }))]) {
      expect(lines.join('|')).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/)
    }
  })

  it('shows helper models only when asked, and says how many are hidden', () => {
    const hidden = page(groupedList(view()))
    expect(hidden).not.toContain('tab_flash')
    expect(hidden).toContain('2 helper models are hidden; --all-models shows them.')
    const all = page(groupedList(view({ allModels: true })))
    expect(all).toContain('tab_flash_lite_preview')
    expect(all).not.toContain('hidden')
  })

  it('says when something comes back, and resetting… once it should have', () => {
    const quotas = [aWindow('session', 0.5, { resetsAt: plusMs(NOW, HOUR_MS) })]
    const document = toAccountsDocument(
      { accounts: [aState({ quotas, staleAfterMs: 9 * HOUR_MS })] },
      plusMs(NOW, HOUR_MS),
      DEFAULT_RULES,
    )
    const text = page(groupedList(view({ document, now: plusMs(NOW, HOUR_MS) })))
    expect(text).toContain('resetting…  now')
    expect(text).not.toContain('50%')
  })

  it('shows FORBIDDEN (403) and no table in the box of a refused account', () => {
    const document = {
      ...sampleDocument,
      accounts: sampleDocument.accounts.filter(({ status }) => status === 'forbidden'),
    }
    const text = page(
      showBoxes(document, { now: NOW, timeZone: 'UTC', width: 80, allModels: false, paint: paintFor(false) }),
    )
    expect(text).toContain('FORBIDDEN (403)')
    expect(text).not.toContain('Reset time')
  })
})

describe('without any account', () => {
  it('says where was looked and what to do', () => {
    const lines = emptyLines(
      [
        {
          source: 'claude-code',
          place: '~/.claude/.credentials.json',
          state: 'absent',
          count: 0,
          detail: null,
          hint: null,
        },
      ],
      [{ title: 'Claude', how: 'Run `claude` once.' }],
      paintFor(false),
    )
    const text = page(lines)
    expect(text).toContain('No accounts yet.')
    expect(text).toContain('claude-code  absent  ~/.claude/.credentials.json')
    expect(text).toContain('Claude  Run `claude` once.')
  })
})
