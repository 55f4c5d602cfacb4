/** docs/completions.md, tried: each shell gets the script as the page says, in a fresh home, and Tab is pressed. */
import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createWorld } from '../../src/simulator/world.ts'
import { type InstalledMachine, installedMachine } from '../helpers/installed.ts'
import { type Block, blocksOf } from '../helpers/markdown.ts'
import { stopPrograms } from '../helpers/program.ts'
import { openTerminal } from '../helpers/tmux.ts'
import { lookForTools } from '../helpers/tools.ts'

const BLOCKS = blocksOf('docs/completions.md')
const BASH_COMPLETION = '/usr/share/bash-completion/bash_completion'

let user: InstalledMachine

beforeAll(async () => {
  const world = createWorld({ seed: 6 })
  for (const name of ['ada', 'grace']) world.add({ provider: 'antigravity', name, pattern: 'silent' })
  world.add({ provider: 'codex', name: 'linus', pattern: 'silent' })
  user = await installedMachine(world, ['antigravity', 'codex'])
}, 60_000)

beforeEach(async () => {
  for (const path of ['.local/share/bash-completion', '.zfunc', '.zshrc', '.config/fish', '.config/elvish']) {
    await rm(user.machine.path(path), { recursive: true, force: true })
  }
})

afterAll(async () => {
  await stopPrograms()
  await user.machine.remove()
})

/** The nth block of a language on the page; several shells share `sh` for what is typed once. */
function blockOf(language: string, holds: string): Block {
  const found = BLOCKS.find((block) => block.language === language && block.text.includes(holds))
  if (found === undefined) throw new Error(`docs/completions.md has no block of ${language} with ${holds}`)
  return found
}

/** Types what the page says is typed once. */
async function typedOnce(holds: string): Promise<void> {
  const { code, stderr } = await user.shell(`set -e\n${blockOf('sh', holds).text}`)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
}

interface Shell {
  /** The command line that starts it. */
  readonly start: string
  readonly prompt?: RegExp
}

/** A tmux server that is about to end keeps its name for a moment: each one has a name of its own. */
let started = 0

/** Starts a shell, types, presses Tab once, and waits for what must be there then. */
async function completes({ start, prompt = /(^|# )\$$/m }: Shell, typed: string, wanted: string): Promise<void> {
  const { env } = user
  started += 1
  const terminal = openTerminal({ name: `completion-${started}`, env, cwd: user.machine.home, columns: 100, rows: 16 })
  try {
    terminal.type(start)
    terminal.keys('Enter')
    await terminal.shows(prompt)
    terminal.type(typed)
    terminal.keys('Tab')
    await terminal.shows(wanted)
  } finally {
    terminal.end()
  }
}

const { missing, note } = lookForTools('tmux', 'zsh', 'fish', 'elvish')

describe.skipIf(missing.length > 0)(`Tab in a real shell${note}`, () => {
  it.each([
    ['for good', true],
    ['in this shell', false],
  ])('of bash, installed %s', async (_how, isForGood) => {
    if (isForGood) {
      expect(existsSync(BASH_COMPLETION), 'sudo apt-get install bash-completion').toBe(true)
      await typedOnce('completion bash')
    }
    const lines = isForGood ? `. ${BASH_COMPLETION}` : blockOf('bash', 'eval').text
    await user.file('.bashrc', `PS1='$ '\n${lines}\n`)
    const bash = { start: 'bash --rcfile .bashrc -i' }
    await completes(bash, 'tokstat refresh codex/linus@ex', 'tokstat refresh codex/linus@example.com')
    await completes(bash, 'tokstat list --provider=cod', 'tokstat list --provider=codex')
    await completes(bash, 'tokstat list --account antigravity/g', '--account antigravity/grace@example.com')
    await completes(bash, 'tokstat quota mon', 'tokstat quota monitor')
  })

  it.each([
    ['in a folder of its own', 'fpath='],
    ['in this shell', 'source'],
  ])('of zsh, %s', async (_how, holds) => {
    const isForGood = holds === 'fpath='
    if (isForGood) await typedOnce('completion zsh')
    const before = isForGood ? '' : 'autoload -Uz compinit && compinit\n'
    await user.file('.zshrc', `PS1='$ '\n${before}${blockOf('zsh', holds).text}\n`)
    const zsh = { start: 'ZDOTDIR=$HOME zsh -i' }
    await completes(zsh, 'tokstat refresh cod', 'tokstat refresh codex/linus@example.com')
    await completes(zsh, 'tokstat list --provider=cod', 'tokstat list --provider=codex')
    await completes(zsh, 'tokstat refresh antigravity/', 'antigravity/grace@example.com  -- account')
    await completes(zsh, 'tokstat quota mon', 'tokstat quota monitor')
  })

  it('of fish', async () => {
    await typedOnce('completion fish')
    const offered = async (line: string): Promise<readonly string[]> => {
      const { stdout } = await user.shell(`fish -c "complete -C '${line}'"`)
      return stdout.split('\n').filter((one) => one !== '')
    }
    expect(await offered('tokstat refresh ')).toEqual([
      'antigravity/ada@example.com\taccount',
      'antigravity/grace@example.com\taccount',
      'codex/linus@example.com\taccount',
    ])
    expect(await offered('tokstat list --provider=cod')).toEqual(['--provider=codex\tprovider'])
    expect((await offered('tokstat quota ')).map((line) => line.split('\t')[0])).toEqual(['list', 'monitor', 'show'])
  })

  it('of elvish', async () => {
    await user.file('.config/elvish/rc.elv', `${blockOf('elvish', 'eval').text}\n`)
    const elvish = { start: 'elvish', prompt: /(^|# )~[#>]/m }
    await completes(elvish, 'tokstat refresh antigravity/', 'antigravity/grace@example.com  account')
    await completes(elvish, 'tokstat list --provider=cod', '--provider=codex')
  })
})
