import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { cli, fakeIo } from '../../../test/helpers/fake-cli.ts'
import { fakeClock } from '../../../test/helpers/fake-clock.ts'
import { sampleDocument } from '../../../test/helpers/sample-document.ts'
import { NOW } from '../../../test/helpers/states.ts'
import type { AccountDocument, AccountsDocument } from '../../model/document.ts'
import { DAY_MS, MINUTE_MS } from '../../model/time.ts'
import type { ClaudeCodePort } from './claude-code.ts'
import { type LineFlags, lineFlags, printStatusLine } from './line.ts'
import { PLACES, type Place, writeSegments } from './places.ts'
import { QUOTA_TOKENS, WHOLE_TOKENS } from './tokens.ts'

const NONE: LineFlags = {
  format: null,
  json: false,
  place: null,
  provider: null,
  account: null,
  claudeCode: false,
  before: null,
}

interface Facts {
  readonly document?: AccountsDocument | string | null
  readonly color?: boolean
  readonly laterMs?: number
  readonly port?: ClaudeCodePort
}

async function line(flags: Partial<LineFlags> = {}, facts: Facts = {}): Promise<string> {
  const { document = sampleDocument, color = false } = facts
  const { io, out } = fakeIo({ color, clock: fakeClock(NOW + (facts.laterMs ?? 0)).clock })
  const text = typeof document === 'string' || document === null ? document : JSON.stringify(document)
  const port = facts.port ?? { keep: async () => undefined, run: async () => null }
  const code = await printStatusLine({
    flags: { ...NONE, ...flags },
    io,
    readBoardFile: async () => text,
    claudeCode: async () => port,
  })
  expect(code).toBe(0)
  return out()
}

function withAccounts(change: (account: AccountDocument) => AccountDocument): AccountsDocument {
  return { ...sampleDocument, accounts: sampleDocument.accounts.map(change) }
}

describe('the status line', () => {
  it('shows what needs a look first, four accounts at most, and always with a word', async () => {
    expect(await line()).toBe(
      'Claude limit reached, back 14:05 · Copilot (ada) spent, billed beyond · Antigravity (grace@example.com) forbidden (403) · Copilot (home) signed out +5\n',
    )
  })

  it('says "no data yet" without a board, and for one that is torn or of another version', async () => {
    for (const document of [null, '', '{"schemaVersion":1,"acc', '{"schemaVersion":9,"accounts":[]}']) {
      expect(await line({}, { document })).toBe('no data yet\n')
    }
    expect(JSON.parse(await line({ json: true }, { document: null }))).toMatchObject({ text: 'no data yet' })
  })

  it('says that there is no account yet', async () => {
    expect(await line({}, { document: { ...sampleDocument, accounts: [] } })).toBe('no accounts yet\n')
  })

  it('lets no old value pass for a current one', async () => {
    expect(await line({ provider: 'codex' }, { laterMs: 40 * MINUTE_MS })).toMatch(/^Codex 72% left, \d+ min ago\n$/)
    expect(await line({ provider: 'codex' }, { laterMs: 3 * DAY_MS })).not.toContain('72%')
  })

  it('shows every token of a certain account and quota', async () => {
    const format =
      '{account}|{provider}|{plan}|{quota:claude:weekly}|{left:claude:weekly}|{used:claude:weekly}|{bar:claude:weekly}|{percent:claude:weekly}|{mark:claude:weekly}|{word:claude:weekly}|{reset:claude:weekly}|{countdown:claude:weekly}|{age:claude}'
    expect(await line({ format, provider: 'claude' })).toBe(
      'Claude|Claude|Max 20x|Weekly|64% left|36% used|██████░░░░|64|◐|getting low|Fri 09:00|in 5d 0h|as of 3 min ago\n',
    )
  })

  it('shows the sentence, the best account and the number of accounts', async () => {
    const shown = await line({ format: '{count} {best}: {headline}' })
    expect(shown).toMatch(/^9 .+: \d of 9 accounts (is|are) fine\. /)
  })

  it('shows nothing for what is not there, and braces where they are doubled', async () => {
    expect(await line({ format: '[{left:nano-gpt:weekly}{left:nobody}] {{x}}' })).toBe('[] {x}\n')
  })

  it('knows every token that its help names', async () => {
    for (const name of [...Object.keys(QUOTA_TOKENS), ...Object.keys(WHOLE_TOKENS)]) {
      await line({ format: `{${name}}` })
    }
  })

  it('has every token on its page in the docs, and no other', () => {
    const page = readFileSync(join(import.meta.dirname, '../../../docs/integrations/README.md'), 'utf8')
    const told = page
      .split('\n')
      .filter((row) => row.startsWith('| `{'))
      .flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`\{(\w+)\}`/g)].map(([, name]) => name))
    expect(told.toSorted()).toEqual([...Object.keys(WHOLE_TOKENS), ...Object.keys(QUOTA_TOKENS)].toSorted())
  })

  it('says which token it does not know, and which account', async () => {
    await expect(line({ format: '{lift}' })).rejects.toMatchObject({
      exitCode: 4,
      hint: expect.stringContaining('left'),
    })
    await expect(line({ account: 'nobody' })).rejects.toMatchObject({ exitCode: 4 })
    await expect(line({ place: 'emacs' })).rejects.toMatchObject({ exitCode: 4 })
  })

  it('is data for waybar and i3blocks', async () => {
    const bar = JSON.parse(await line({ json: true, format: '{left:codex}' })) as Record<string, unknown>
    expect(bar).toMatchObject({ text: '72% left', class: 'red', percentage: 0, full_text: '72% left', markup: 'pango' })
    expect(String(bar['tooltip']).split('\n')).toHaveLength(10)
  })
})

describe('a place', () => {
  const hostile = withAccounts((account) =>
    account.provider === 'antigravity' ? { ...account, name: '#(reboot)%n<b>\u001b[31m&`' } : account,
  )

  it.each([
    ['tmux', /##\(reboot\)/, /(?<!#)#\(/],
    ['zsh', /%%n/, /(?<!%)%n/],
    ['pango', /&lt;b&gt;/, /<b>/],
    ['plain', /#\(reboot\)/, /\u001b/],
    ['ansi', /#\(reboot\)/, /\u001b\[31m&/],
  ] as const)('%s makes names harmless', async (place, wanted, unwanted) => {
    const shown = await line({ place, format: '{account:antigravity}' }, { document: hostile })
    expect(shown).toMatch(wanted)
    expect(shown).not.toMatch(unwanted)
  })

  it('has colours of its own, and none with NO_COLOR', async () => {
    const shown = async (place: Place, color: boolean) => line({ place, format: '{left:codex}' }, { color })
    expect(await shown('tmux', true)).toBe('#[fg=green]72% left#[fg=default]\n')
    expect(await shown('zsh', true)).toBe('%F{green}72%% left%f\n')
    expect(await shown('bash', true)).toBe('\u0001\u001b[32m\u000272% left\u0001\u001b[39m\u0002\n')
    expect(await shown('polybar', true)).toBe('%{F#58c48a}72% left%{F-}\n')
    expect(await shown('pango', true)).toBe('<span color="#58c48a">72% left</span>\n')
    expect(await shown('plain', true)).toBe('72% left\n')
    for (const place of PLACES) expect(await shown(place, false)).not.toMatch(/\u001b|#\[|%F|%\{F|span/)
  })

  it('colours what has a verdict and nothing else', () => {
    expect(
      writeSegments(
        [
          { text: 'a', tone: null },
          { text: 'b', tone: 'red' },
          { text: '', tone: 'red' },
        ],
        'ansi',
        true,
      ),
    ).toBe('a\u001b[31mb\u001b[39m')
  })
})

describe('its arguments', () => {
  it('are read without the option parser, so that it starts at once', () => {
    expect(lineFlags(['statusline', '--format={left}', '--for', 'tmux', '--json'])).toEqual({
      ...NONE,
      format: '{left}',
      place: 'tmux',
      json: true,
    })
    expect(lineFlags(['statusline', '--claude-code', '--keep', 'ccline --x'])).toEqual({
      ...NONE,
      claudeCode: true,
      before: 'ccline --x',
    })
  })

  it('are left to the parser where it must judge', () => {
    for (const argv of [
      ['list'],
      ['statusline', '--help'],
      ['statusline', '--colour'],
      ['statusline', '--format'],
      [],
    ]) {
      expect(lineFlags(argv)).toBeNull()
    }
  })

  it('mean the same to the parser', async () => {
    const board = async () => JSON.stringify(sampleDocument)
    const run = await cli(['--json', 'statusline', '--format', '{left:codex}'], { readBoardFile: board })
    expect(JSON.parse(run.out)).toMatchObject({ text: '72% left' })
    expect((await cli('statusline --help')).out).toContain('--claude-code')
    expect((await cli('statusline --for emacs')).code).toBe(4)
  })
})

describe("as Claude Code's status line", () => {
  function piped(flags: Partial<LineFlags> = {}) {
    const kept: string[] = []
    const ran: string[] = []
    const port: ClaudeCodePort = {
      keep: async (text) => void kept.push(text),
      run: async (command, text) => {
        ran.push(`${command} < ${text}`)
        return 'my own line'
      },
    }
    const time = fakeClock(NOW)
    const terminal = fakeIo({ clock: time.clock, color: true })
    const done = printStatusLine({
      flags: { ...NONE, claudeCode: true, format: '{left:codex}', ...flags },
      io: terminal.io,
      readBoardFile: async () => JSON.stringify(sampleDocument),
      claudeCode: async () => port,
    })
    return { kept, ran, time, terminal, done }
  }

  it('hands the document on and prints its line, in colour', async () => {
    const { kept, ran, terminal, done } = piped()
    terminal.press('{"rate_')
    terminal.press('limits":{}}')
    terminal.endInput()
    expect(await done).toBe(0)
    expect(kept).toEqual(['{"rate_limits":{}}'])
    expect(ran).toEqual([])
    expect(terminal.out()).toBe('\u001b[32m72% left\u001b[39m\n')
    expect(terminal.listeners()).toBe(0)
  })

  it('keeps the status line that was there before, first and with the same input', async () => {
    const { ran, terminal, done } = piped({ before: 'ccline' })
    terminal.press('{}')
    terminal.endInput()
    await done
    expect(ran).toEqual(['ccline < {}'])
    expect(terminal.out()).toBe('my own line\n\u001b[32m72% left\u001b[39m\n')
  })

  it('shows only the old one with an empty format', async () => {
    const { terminal, done } = piped({ before: 'ccline', format: '' })
    terminal.endInput()
    await done
    expect(terminal.out()).toBe('my own line\n')
  })

  it('does not wait for a pipe that nobody closes', async () => {
    const { kept, terminal, time, done } = piped()
    terminal.press('{"half":')
    await time.advance(1_000)
    await done
    expect(kept).toEqual(['{"half":'])
    expect(terminal.listeners()).toBe(0)
    expect(time.pending()).toBe(0)
  })

  it('takes no endless input', async () => {
    const { kept, terminal, done } = piped()
    terminal.press('x'.repeat(2_000_000))
    await done
    expect(kept).toEqual([''])
  })
})
