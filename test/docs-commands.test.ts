/** Command lines of the documentation and of every `--help`: each is run as it stands, or it is known why it is not. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { createWorld } from '../src/simulator/world.ts'
import { type InstalledMachine, installedMachine, type Output } from './helpers/installed.ts'
import { type Block, bareCommand, blocksOf, documentationPages, everyCommandOf } from './helpers/markdown.ts'
import { stopPrograms } from './helpers/program.ts'
import { callsIn, embeddedCalls, helpExamples, REASONS, unknownIn, whyNotRun } from './helpers/told.ts'
import { lookForTools } from './helpers/tools.ts'

const ROOT = join(import.meta.dirname, '..')
const blocks = documentationPages().flatMap((page) => blocksOf(page))
const inLanguage = (...languages: readonly string[]): readonly Block[] =>
  blocks.filter(({ language }) => languages.includes(language))

const examples = await helpExamples()

/** What a reader types: blocks of `sh`, and lines behind a prompt in blocks of output. */
const typed: readonly Block[] = [
  ...inLanguage('sh'),
  ...inLanguage('text').flatMap((block) => {
    const lines = block.text.split('\n').filter((line) => line.startsWith('$ '))
    return lines.length === 0 ? [] : [{ ...block, text: lines.map((line) => line.slice(2)).join('\n') }]
  }),
]

/** How a shell says whether a file is one of its own; the program that must be there. */
const SYNTAX: Readonly<Record<string, readonly [program: string, ...args: string[]]>> = {
  sh: ['bash', '-n'],
  bash: ['bash', '-n'],
  zsh: ['zsh', '-n'],
  fish: ['fish', '--no-execute'],
  elvish: ['elvish', '-compileonly'],
}
/** Of shells that Debian lacks: their calls of tokstat are checked, their syntax is not. */
const WITHOUT_A_SHELL = ['powershell']
/** Settings of other programs, with command lines of tokstat in them. */
const SETTINGS = ['i3', 'ini', 'json', 'tmux', 'toml']
const SHELLS = [...Object.keys(SYNTAX), ...WITHOUT_A_SHELL]

describe('every command line that people are told', () => {
  it('calls commands and options that tokstat has', async () => {
    const calls = [
      ...inLanguage(...SHELLS).flatMap(({ at, text }) => callsIn(text).map((argv) => ({ at, argv }))),
      ...typed.flatMap(({ at, text }) => callsIn(text).map((argv) => ({ at, argv }))),
      ...inLanguage(...SETTINGS).flatMap(({ at, text }) => embeddedCalls(text).map((argv) => ({ at, argv }))),
      ...examples.flatMap(({ at, line }) => callsIn(line).map((argv) => ({ at, argv }))),
    ]
    expect(calls.length).toBeGreaterThan(150)
    const faults: string[] = []
    for (const { at, argv } of calls) {
      const fault = await unknownIn(argv)
      if (fault !== null) faults.push(`${at}: tokstat ${argv.join(' ')}: ${fault}`)
    }
    expect(faults).toEqual([])
    expect(await unknownIn(['list', '--no-such-flag']), 'the canary').not.toBeNull()
    expect(await unknownIn(['no-such-command']), 'the canary').not.toBeNull()
  })

  it('of an example is one of tokstat', () => {
    expect(examples.filter(({ line }) => callsIn(line).length === 0)).toEqual([])
  })

  it('in the middle of a sentence names a command that there is, with its options', async () => {
    const faults: string[] = []
    let seen = 0
    for (const page of documentationPages()) {
      const prose = readFileSync(join(ROOT, page), 'utf8').replace(/^ *```[\s\S]*?^ *```/gm, '')
      for (const [, line = ''] of prose.matchAll(/`(tokstat(?: [^`]*)?)`/g)) {
        // `tokstat history|export`, `tokstat query <id>`: a form, no command line.
        if (/[<…]|\w\|\w/.test(line)) continue
        for (const argv of callsIn(line)) {
          seen += 1
          const fault = await unknownIn(argv)
          // The name of a command alone needs no argument in a sentence.
          if (fault !== null && !/^Missing required|^Required option/.test(fault))
            faults.push(`${page}: ${line}: ${fault}`)
        }
      }
    }
    expect(faults).toEqual([])
    expect(seen).toBeGreaterThan(80)
  })

  it('calls scripts of npm and of this checkout that are there', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>
    }
    for (const { at, text } of typed) {
      for (const words of everyCommandOf(text)) {
        const [first = '', second = '', third = ''] = bareCommand(words)
        if (first === 'npm' && second === 'run') expect(scripts, at).toHaveProperty(third)
        else if (first === 'npm' && ['start', 'test'].includes(second)) expect(scripts, at).toHaveProperty(second)
        else if (first.startsWith('./')) expect(existsSync(join(ROOT, first)), `${at}: ${first}`).toBe(true)
      }
    }
  })
})

describe('the syntax', () => {
  const { missing, note } = lookForTools('zsh', 'fish', 'elvish', 'shellcheck')

  it.skipIf(missing.length > 0).each(Object.entries(SYNTAX))(
    `of %s is right${note}`,
    (language, [program, ...args]) => {
      const own = inLanguage(language)
      expect(own.length).toBeGreaterThan(0)
      const folder = mkdtempSync(join(tmpdir(), 'tokstat-docs-'))
      onTestFinished(() => rmSync(folder, { recursive: true }))
      const check = (text: string): string => {
        const file = join(folder, 'script')
        writeFileSync(file, `${text}\n`)
        const { status, stderr } = spawnSync(program, [...args, file], { encoding: 'utf8' })
        return status === 0 ? stderr : `${status} ${stderr}`
      }
      for (const { at, text } of own) expect(check(text), at).toBe('')
      expect(check('echo ("'), 'the canary').not.toBe('')
    },
  )

  it.skipIf(missing.length > 0)(`of sh has nothing that shellcheck warns of${note}`, () => {
    for (const { at, text } of inLanguage('sh', 'bash')) {
      // Lines of a page are typed one by one: SC2164, a cd that may fail, is seen by who types it.
      const args = ['--shell=bash', '--severity=warning', '--exclude=SC2164', '-']
      const { stdout, status } = spawnSync('shellcheck', args, { input: `${text}\n`, encoding: 'utf8' })
      expect({ status, stdout }, at).toEqual({ status: 0, stdout: '' })
    }
  })
})

/** In which sentences a command says that what an example names is not there. */
const NOT_THERE = /no account|not known|no firing alert|no rule|nothing is snoozed|no token is set|no tokstat answers/i

describe('what can be run', () => {
  let user: InstalledMachine
  const { missing, note } = lookForTools('openssl', 'promtool', 'jq')
  const run = typed.filter(({ text }) => whyNotRun(text) === null)
  const notRun = typed.filter(({ text }) => whyNotRun(text) !== null)
  const runExamples = examples.filter(({ line }) => whyNotRun(line) === null)

  /** In a folder of its own, beside what a checkout has. */
  const type = (text: string, options: string): Promise<Output> =>
    user.shell(
      `cd "$(mktemp -d "$HOME/typed-XXXXXX")" && ln -s "${ROOT}/deploy" . && bash ${options} <<'TYPED'\n${text}\nTYPED\n`,
    )

  beforeAll(async () => {
    const world = createWorld({ seed: 11 })
    const calm = { pattern: 'silent' } as const
    world.add({ provider: 'antigravity', name: 'ada', startUsed: { '3p.5h': 0.9, '3p.weekly': 0.1 }, ...calm })
    for (const provider of ['claude', 'codex', 'openrouter'] as const) world.add({ provider, name: 'work', ...calm })
    user = await installedMachine(world, ['antigravity', 'claude', 'codex', 'openrouter'])
    // As fish leaves it at its first start.
    await user.file('.config/fish/completions/other.fish', '')
    await user.program('run-agent', 'echo "an agent works with $TOKSTAT_BEST_ACCOUNT"')
  }, 60_000)

  afterAll(async () => {
    await stopPrograms()
    await user.machine.remove()
  })

  it.skipIf(missing.length > 0).each(run)(`runs as it stands: $at${note}`, async ({ text }) => {
    const { code, stdout, stderr } = await type(text, '-euo pipefail')
    expect({ code, stderr: stderr.match(/^.*(?:error|not found|unknown).*$/gim) }, stdout).toEqual({
      code: 0,
      stderr: null,
    })
  })

  it.skipIf(missing.length > 0)(
    `every example runs, or says in one sentence what is not there${note}`,
    async () => {
      for (const { at, line } of runExamples) {
        const { code, stdout, stderr } = await type(line, '-uo pipefail')
        // 1: what doctor and grep say of what they found. What an example invents is not known here.
        const isFine = code === 0 || (code === 1 && /doctor|grep/.test(line)) || NOT_THERE.test(stderr)
        expect(isFine, `${at}: ${line} ended with ${code}: ${stderr}${stdout.slice(0, 300)}`).toBe(true)
        expect(stderr).not.toMatch(/^\s+at /m)
      }
    },
    120_000,
  )

  it('is no small part, and what is not run has a reason', () => {
    expect(run.length).toBeGreaterThanOrEqual(11)
    expect(runExamples.length).toBeGreaterThanOrEqual(50)
    const reasons = [...notRun.map(({ text }) => whyNotRun(text)), ...examples.map(({ line }) => whyNotRun(line))]
    const used = new Set(reasons.filter((reason) => reason !== null))
    expect([...used].toSorted()).toEqual([...REASONS].toSorted())
    expect(() => whyNotRun('frobnicate'), 'the canary').toThrow('frobnicate')
  })
})
