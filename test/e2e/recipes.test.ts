/** The recipes of docs/integrations: each fenced block is taken out of its page and run as it stands there. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { parse as parseToml } from 'smol-toml'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { createWorld } from '../../src/simulator/world.ts'
import { type InstalledMachine, installedMachine, recipe } from '../helpers/installed.ts'
import { commandsOf } from '../helpers/markdown.ts'
import { stopPrograms } from '../helpers/program.ts'
import { openTerminal, type Terminal } from '../helpers/tmux.ts'
import { lookForTools } from '../helpers/tools.ts'

const pagesRun = new Set<string>()
const page = (name: string): string => `docs/integrations/${name}.md`

/** A block of a page of docs/integrations. */
function recipeOf(name: string, index = 0): string {
  pagesRun.add(name)
  return recipe(page(name), index)
}
/** Codex needs a look in this world, Claude does not: a mark of one beside the number of the other would show. */
/** A window that ends after midnight names its day. */
const WORST = /▲ Codex limit reached, back (\w{3} )?\d\d:\d\d/
const LITTLE = { 'all.5h': 0.01, 'all.weekly': 0.01, 'opus.weekly': 0.01 }

let user: InstalledMachine

beforeAll(async () => {
  const world = createWorld({ seed: 4 })
  world.add({ provider: 'claude', name: 'ada', pattern: 'silent', startUsed: LITTLE })
  world.add({ provider: 'codex', name: 'grace', pattern: 'silent', startUsed: { 'main.5h': 1, 'main.weekly': 0.1 } })
  user = await installedMachine(world, ['claude', 'codex'])
}, 60_000)

afterAll(async () => {
  await stopPrograms()
  await user.machine.remove()
})

function terminal(name: string, columns = 100): Terminal {
  const opened = openTerminal({ name, env: user.env, cwd: user.machine.home, columns, rows: 12 })
  onTestFinished(() => opened.end())
  return opened
}

describe('tmux', () => {
  const { missing, note } = lookForTools('tmux')

  it.skipIf(missing.length > 0).each([
    [0, new RegExp(`${WORST.source} \\| \\d\\d:\\d\\d$`, 'm')],
    [1, /(?<!▲ )Codex limit reached, back (\w{3} )?\d\d:\d\d · Claude \d+% left \| \d\d:\d\d$/m],
  ])(`shows the line of block %i and the clock after it${note}`, async (block, wanted) => {
    await user.file('.tmux.conf', recipeOf('tmux', block))
    const outer = terminal(`recipe-tmux-${block}`)
    // A server of its own inside, whose socket is in the home.
    outer.type(`unset TMUX; TMUX_TMPDIR=$HOME tmux -f .tmux.conf new-session sh`)
    outer.keys('Enter')
    onTestFinished(async () => void (await user.shell('TMUX_TMPDIR=$HOME tmux kill-server')))
    await outer.shows(wanted)
  })
})

describe('a prompt', () => {
  const { missing, note } = lookForTools('tmux', 'zsh', 'fish')

  it.skipIf(missing.length > 0)(`of bash shows the line, and wraps where it should${note}`, async () => {
    await user.file('.bashrc', recipeOf('bash'))
    const shell = terminal('recipe-bash', 50)
    shell.type('exec bash --rcfile .bashrc -i')
    shell.keys('Enter')
    const shown = /● \d+% left \S+ [$#]/
    await shell.shows(shown)
    shell.type('12345678 '.repeat(8))
    shell.keys('C-a')
    shell.type('X')
    // A prompt whose width readline takes for longer than it is would put the X elsewhere.
    await shell.shows(new RegExp(`${shown.source} X12345678 `))
  })

  it.skipIf(missing.length > 0)(`of zsh has the line at its right${note}`, async () => {
    await user.file('.zshrc', recipeOf('zsh'))
    const shell = terminal('recipe-zsh')
    shell.type('PS1="> " ZDOTDIR=$HOME exec zsh -i')
    shell.keys('Enter')
    await shell.shows(/ {20}● \d+% left$/m)
  })

  it.skipIf(missing.length > 0)(`of fish has the line at its right${note}`, async () => {
    await user.file('.config/fish/functions/fish_right_prompt.fish', recipeOf('fish'))
    const shell = terminal('recipe-fish')
    shell.type('exec fish -i')
    shell.keys('Enter')
    await shell.shows(/ {20}● \d+% left$/m)
  })

  it('of starship gets one line well within its time', async () => {
    const { custom } = parseToml(recipeOf('starship')) as { custom: { tokstat: Record<string, unknown> } }
    const { command, when, shell } = custom.tokstat
    expect(shell).toEqual(['sh'])
    expect(await user.shell(String(when))).toMatchObject({ code: 0 })
    const { code, stdout, stderr } = await user.shell(String(command))
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/^● \d+% left\n$/)
  })
})

/** A value of an ini file: `exec = tokstat …`. */
function iniValue(text: string, key: string): string {
  const found = new RegExp(`^${key} *= *(.+)$`, 'm').exec(text)?.[1]
  if (found === undefined) throw new Error(`${key} is not set in:\n${text}`)
  return found
}

describe('a bar', () => {
  it('of waybar gets the JSON that it reads, and a class for each of its colours', async () => {
    const settings = JSON.parse(`{${recipeOf('waybar')}}`) as Record<string, Record<string, unknown>>
    const { exec, 'return-type': type } = settings['custom/tokstat'] ?? {}
    expect(type).toBe('json')
    const { stdout, code } = await user.shell(String(exec))
    expect(code).toBe(0)
    // One object, on one line.
    expect(stdout.trimEnd().split('\n')).toHaveLength(1)
    const said = JSON.parse(stdout) as Record<string, unknown>
    expect(said).toMatchObject({
      text: expect.stringMatching(WORST),
      tooltip: expect.stringContaining('Claude'),
      percentage: 0,
    })
    expect(said['alt']).toBe(said['class'])
    const classes = [...recipeOf('waybar', 1).matchAll(/#custom-tokstat\.(\w+)/g)].map(([, name]) => name)
    expect(classes).toContain(said['class'])
    expect(classes.toSorted()).toEqual(['amber', 'calm', 'grey', 'red'])
  })

  const { missing, note } = lookForTools('i3blocks')
  it.skipIf(missing.length > 0)(`of i3 has the line in a block of i3blocks${note}`, async () => {
    await user.file('.config/i3blocks/config', recipeOf('i3'))
    const bar = terminal('recipe-i3blocks', 400)
    bar.type('i3blocks | cat')
    bar.keys('Enter')
    // First the header, then an empty block, then what its command said.
    const screen = await bar.shows(/"full_text":"▲/)
    const [, shown = ''] = /^,(\[.*"name":"tokstat".*\])$/m.exec(screen) ?? []
    const block = (JSON.parse(shown) as Record<string, unknown>[]).at(-1)
    expect(block).toMatchObject({
      name: 'tokstat',
      full_text: expect.stringMatching(WORST),
      short_text: expect.stringMatching(/^limit reached/),
      color: expect.stringMatching(/^#[\da-f]{6}$/),
      markup: 'pango',
    })
  })

  it('of i3 has the line before what i3status says', async () => {
    await user.program('i3status', 'echo "load 0.1 | 12:30"')
    const command = /^ +status_command (.+)$/m.exec(recipeOf('i3', 1))?.[1] ?? ''
    const { stdout } = await user.shell(command)
    expect(stdout).toMatch(/^Codex limit reached, back (\w{3} )?\d\d:\d\d · Claude \d+% left \| load 0\.1 \| 12:30\n$/)
  })

  it('of polybar gets colours of its own kind', async () => {
    const settings = recipeOf('polybar')
    expect(iniValue(settings, 'type')).toBe('custom/script')
    const { stdout } = await user.shell(iniValue(settings, 'exec'))
    expect(stdout).toMatch(
      /^%\{F#[\da-f]{6}\}▲%\{F-\} Codex %\{F#[\da-f]{6}\}limit reached, back (\w{3} )?\d\d:\d\d%\{F-\}\n$/,
    )
  })
})

describe('Claude Code', () => {
  const statusLine = (block: number): string => {
    const settings = JSON.parse(recipeOf('claude-code', block)) as { statusLine: Record<string, string> }
    expect(settings.statusLine['type']).toBe('command')
    return settings.statusLine['command'] ?? ''
  }
  const input = JSON.stringify({ session_id: 's-1', version: '2.1.80' })

  it('draws the line', async () => {
    const { code, stdout } = await user.shell(statusLine(0), input)
    expect(code).toBe(0)
    expect(stdout).toContain('% left')
  })

  it('keeps a line that was there before, and hands it the same input', async () => {
    await user.program('my-own-line', 'echo "mine $*"; grep -o session_id')
    const { code, stdout } = await user.shell(statusLine(1), input)
    expect(code).toBe(0)
    expect(stdout).toMatch(/^mine --wide\nsession_id\n.*% left/)
  })
})

describe('an agent', () => {
  it('finds the tools that the page names, by the command that the page names', async () => {
    const added = commandsOf(recipeOf('mcp')).map((words) => words.slice(words.indexOf('--') + 1))
    expect(added).toEqual([
      ['tokstat', 'mcp'],
      ['tokstat', 'mcp'],
    ])
    const client = new Client({ name: 'a-test', version: '1' })
    const [command = '', ...args] = added[0] ?? []
    const { env } = user
    const transport = new StdioClientTransport({
      command,
      args,
      env: { ...env },
      cwd: user.machine.home,
      stderr: 'ignore',
    })
    await client.connect(transport)
    onTestFinished(() => client.close())
    const { tools } = await client.listTools()
    const { code, stdout } = await user.shell('tokstat best --export')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^export TOKSTAT_BEST_ACCOUNT=/)
    expect(tools.map(({ name }) => name).toSorted()).toEqual(['best_account', 'forecast', 'quotas'])
  }, 30_000)
})

it('every page that the table of integrations names was run here', () => {
  const table = readFileSync(join(import.meta.dirname, '..', '..', page('README')), 'utf8')
  const named = [...table.matchAll(/\]\((\w[\w-]*)\.md\)/g)].map(([, name = '']) => name)
  expect([...new Set(named)].toSorted()).toEqual([...pagesRun].toSorted())
})
