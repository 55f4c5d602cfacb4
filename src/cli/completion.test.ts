import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { cli, fakeApp } from '../../test/helpers/fake-cli.ts'
import { sampleDocument } from '../../test/helpers/sample-document.ts'
import type { CliCommand, Registered } from './command.ts'
import { COMPLETION_SCRIPTS } from './completion-scripts.ts'
import { candidatesFor } from './completion-words.ts'

const readBoardFile = async (): Promise<string> => JSON.stringify(sampleDocument)

async function offered(...words: readonly string[]): Promise<readonly string[]> {
  const { code, out, err } = await cli(['__complete', '--', ...words], { readBoardFile })
  expect([code, err]).toEqual([0, ''])
  return out
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split('\t')[0] ?? '')
}

describe('what Tab offers', () => {
  it('is commands first, groups once', async () => {
    const words = await offered('')
    expect(words).toContain('list')
    expect(words.filter((word) => word === 'quota')).toHaveLength(1)
    expect(words).not.toContain('__complete')
    expect(await offered('re')).toEqual(['refresh', 'remove', 'rename'])
    expect(await offered('quota', 'm')).toEqual(['monitor'])
    expect(await offered('--json', 'be')).toEqual(['best'])
  })

  it('is options, then their values: live names of providers and accounts', async () => {
    expect(await offered('list', '--al')).toEqual(['--all-models'])
    expect(await offered('--prov')).toEqual(['--provider'])
    expect(await offered('list', '--provider', 'c')).toEqual(['claude', 'codex', 'copilot'])
    expect(await offered('list', '--provider=co')).toEqual(['--provider=codex', '--provider=copilot'])
    expect(await offered('query', '--provider=co')).toEqual([])
    expect(await offered('list', '--account', 'co')).toEqual(['codex/ada@example.com', 'copilot/ada', 'copilot/home'])
    expect(await offered('refresh', 'claude')).toEqual(['claude/work'])
    expect(await offered('quota', 'show', '--account', 'anti')).toHaveLength(2)
  })

  it('is the known words of an argument, at its place only', async () => {
    expect(await offered('completion', '')).toEqual(['bash', 'zsh', 'fish', 'powershell', 'elvish'])
    expect(await offered('completion', 'bash', '')).toEqual([])
    expect(await offered('query', 'antigravity-')).toEqual(['antigravity-local', 'antigravity-server'])
    expect(await offered('query', '--keychain-service', 'x', 'open')).toEqual(['openrouter'])
  })

  it('is account names for any command that takes one', async () => {
    const remove: CliCommand = {
      arguments: [{ name: '<account>', description: 'which', completes: 'account' }],
      examples: [],
      run: async () => 0,
    }
    const commands: readonly Registered[] = [{ name: 'remove', summary: 'forget an account', load: async () => remove }]
    const names = { accounts: async () => ['copilot/ada'], providers: async () => [] }
    expect(await candidatesFor(['remove', ''], commands, names)).toEqual([
      { value: 'copilot/ada', description: 'account' },
    ])
  })

  it('is nothing, not an error, where nothing fits or the program is broken', async () => {
    expect(await offered('frobnicate', '')).toEqual([])
    expect(await offered('quota', 'frobnicate', '')).toEqual([])
    expect(await offered('list', '""')).toEqual([])
    const app = fakeApp(sampleDocument, { providers: () => Promise.reject(new Error('broken config')) })
    expect(await cli(['__complete', '--', 'list', '--provider', ''], { app })).toEqual({ code: 0, out: '', err: '' })
  })
})

describe('the scripts', () => {
  it.each(['bash', 'zsh', 'fish', 'powershell', 'elvish'])(
    'of %s is on stdout, how to install it on stderr, and only for somebody who reads it',
    async (shell) => {
      const { code, out, err } = await cli(`completion ${shell}`, { isTTY: true })
      expect(code).toBe(0)
      expect(out).toContain('tokstat __complete --')
      expect(err).toContain('To have it always')
      expect(await cli(`completion ${shell}`)).toEqual({ code: 0, out, err: '' })
    },
  )

  it('complete in a real bash, names with @ included', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tokstat-completion-'))
    const program = join(folder, 'tokstat')
    writeFileSync(program, '#!/bin/sh\nprintf "codex/ada@example.com\\taccount\\ncodex/ada two\\taccount\\n"\n')
    chmodSync(program, 0o755)
    const script = `${COMPLETION_SCRIPTS.bash}
COMP_WORDBREAKS="$2"; COMP_LINE="$1"; COMP_POINT=\${#COMP_LINE}
_tokstat
printf '%s\\n' "\${COMPREPLY[@]}"`
    const run = (line: string, breaks = ' \t\n"\'@><=;|&(:'): string =>
      execFileSync('bash', ['--norc', '-euc', script, 'test', line, breaks], {
        env: { PATH: `${folder}:/usr/bin:/bin` },
        encoding: 'utf8',
      })
    expect(run('tokstat refresh ')).toBe('codex/ada@example.com\ncodex/ada\\ two\n')
    // What is replaced begins with the @ where bash knows it as a break, and with the word where it does not.
    expect(run('tokstat refresh codex/ada@ex')).toMatch(/^@example\.com\n/)
    expect(run('tokstat refresh codex/ada@ex', ' \t\n"\'><=;|&(:')).toBe('codex/ada@example.com\ncodex/ada\\ two\n')
    expect(() => execFileSync('bash', ['--norc', '-n', '-c', COMPLETION_SCRIPTS.bash])).not.toThrow()
  })
})
