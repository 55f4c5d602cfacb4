import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { aModel, anAccount, aProblem, aState, NOW } from '../../test/helpers/states.ts'
import { type AccountState, DEFAULT_RULES, HOUR_MS, MINUTE_MS, plusMs } from '../model/index.ts'
import { systemClock } from '../platform/clock.ts'
import { editUnderOwnersLock } from '../platform/locked-edit.ts'
import { type Doubt, decideSwitch, doubtOf, type LastSwitch, switchedPools, wasTakenBack } from './auto-switch.ts'
import { membersAt, setNumber } from './json-edit.ts'
import { planSwitch, type SwitchPorts, switchAccount } from './switch.ts'

const ADA = anAccount({
  provider: 'antigravity',
  name: 'ada@example.com',
  email: 'ada@example.com',
  source: 'antigravity-accounts',
  sources: ['antigravity-accounts'],
})
const BOB = { ...ADA, id: 'antigravity/bob@example.com', name: 'bob@example.com', email: 'bob@example.com' }

/** As nobody's printer would write it: tabs, odd spaces, escapes, unknown fields, a trailing line. */
const ODD = `{\r\n\t"version" : 4,\r\n\t"note": "{\\"activeIndex\\": 9} \\u00e4 ]",
\t"accounts": [ {"email":"bob@example.com","refreshToken":"1//fake-refresh-token-bob", "x": [1,{"activeIndex":7}]},
   {"email" : "Ada@example.com","refreshToken":"1//fake-refresh-token-ada","enabled":true} ],
\t"activeIndex":0 ,
\t"activeIndexByFamily" : { "claude" :0,"gemini": 0, "later": {"a": 1} },
\t"zz": 1e3\r\n}\n\n`

describe('the text of a switch', () => {
  it('keeps every byte but the numbers', () => {
    const plan = planSwitch(ODD, ADA, null)
    const expected = ODD.replace('"activeIndex":0 ', '"activeIndex":1 ')
      .replace('"claude" :0', '"claude" :1')
      .replace('"gemini": 0', '"gemini": 1')
    expect(plan?.text.startsWith(expected.slice(0, expected.indexOf('"later"')))).toBe(true)
    expect(plan?.changes.map((change) => change.key)).toEqual([
      'activeIndex',
      'activeIndexByFamily.claude',
      'activeIndexByFamily.gemini',
      'activeIndexByFamily.later',
    ])
  })

  it('with a pool changes that family alone', () => {
    const plan = planSwitch(ODD, ADA, 'claude')
    expect(plan?.text).toBe(ODD.replace('"claude" :0', '"claude" :1'))
    expect(plan?.changes).toEqual([{ key: 'activeIndexByFamily.claude', from: 0, to: 1 }])
    expect(() => planSwitch(ODD, ADA, 'clod')).toThrow(/no pool "clod"/)
  })

  it('adds what is missing in the manner of the text, and changes nothing that is right already', () => {
    const text = '{\n  "version": 3,\n  "accounts": [\n    { "email": "ada@example.com" }\n  ]\n}'
    expect(planSwitch(text, ADA, 'gemini')?.text).toBe(
      text.replace('  ]\n}', '  ],\n  "activeIndexByFamily": {"gemini":0}\n}'),
    )
    const again = planSwitch(planSwitch(text, ADA, null)?.text ?? '', ADA, null)
    expect(again?.changes).toEqual([])
    expect(
      planSwitch('{"accounts":[{"email":"ada@example.com"}],"activeIndexByFamily":null}', ADA, 'claude')?.text,
    ).toBe('{"accounts":[{"email":"ada@example.com"}],"activeIndexByFamily":{"claude":0}}')
  })

  it('tells accounts of one e-mail apart by their project, and refuses to guess', () => {
    const entry = (projectId: string) => ({ email: 'ada@example.com', projectId })
    const text = JSON.stringify({ accounts: [entry('one'), entry('two')], activeIndex: 0 })
    expect(planSwitch(text, { ...ADA, name: 'ada@example.com#two' }, null)?.changes[0]).toMatchObject({ to: 1 })
    expect(() => planSwitch(text, ADA, null)).toThrow(/several entries/)
    expect(planSwitch(text, BOB, null)).toBeNull()
  })

  it('is refused for files that are not understood', () => {
    for (const text of ['', 'nonsense', '[]', '{"accounts":{}}', '{"version":5,"accounts":[]}']) {
      expect(() => planSwitch(text, ADA, null), text).toThrow()
    }
    const off = '{"accounts":[{"email":"ada@example.com","enabled":false}]}'
    expect(() => planSwitch(off, ADA, null)).toThrow(/switched off/)
  })

  it('of any JSON object sets one member and leaves the rest as it was', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue()),
        fc.nat(),
        fc.constantFrom<string | number | undefined>(undefined, 2, '\t'),
        (object, value, indent) => {
          const text = JSON.stringify(object, null, indent)
          const next = setNumber(text, 0, 'activeIndex', value)
          expect(JSON.parse(next ?? '')).toEqual({ ...JSON.parse(text), activeIndex: value })
          const before = membersAt(text, 0)?.members.get('activeIndex')
          if (before === undefined) return
          expect(next?.slice(0, before.start)).toBe(text.slice(0, before.start))
          expect(next?.endsWith(text.slice(before.end))).toBe(true)
        },
      ),
    )
  })
})

describe('tokstat switch on a real file', () => {
  let folder = ''
  let file = ''
  const clock = systemClock()

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tokstat-switch-'))
    file = join(folder, 'antigravity-accounts.json')
    writeFileSync(file, ODD)
    chmodSync(file, 0o640)
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  function ports(more: Partial<SwitchPorts> = {}): SwitchPorts {
    return {
      files: [join(folder, 'absent.json'), file],
      readText: async (path) => (existsSync(path) ? readFileSync(path, 'utf8') : null),
      edit: (path, change) => editUnderOwnersLock(path, change, clock),
      settle: async () => undefined,
      ...more,
    }
  }
  const request = { state: { account: ADA }, pool: 'claude', dryRun: false }

  it('rewrites it under its lock, with its mode, and leaves nothing behind', async () => {
    let locked = false
    const report = await switchAccount(
      request,
      ports({
        edit: (path, change) =>
          editUnderOwnersLock(
            path,
            (text) => {
              locked = existsSync(`${file}.lock`)
              return change(text)
            },
            clock,
          ),
      }),
    )
    expect(locked).toBe(true)
    expect(report).toMatchObject({ file, kept: true, changes: [{ from: 0, to: 1 }] })
    expect(readFileSync(file, 'utf8')).toBe(ODD.replace('"claude" :0', '"claude" :1'))
    expect(statSync(file).mode & 0o777).toBe(0o640)
    expect(readdirSync(folder)).toEqual(['antigravity-accounts.json'])
  })

  it('as a dry run says what it would do and touches nothing', async () => {
    const before = statSync(file, { bigint: true })
    const report = await switchAccount({ ...request, dryRun: true }, ports())
    expect(report).toMatchObject({ dryRun: true, kept: null, changes: [{ from: 0, to: 1 }] })
    expect(statSync(file, { bigint: true }).mtimeNs).toBe(before.mtimeNs)
  })

  it('notices when the owner writes its own choice back', async () => {
    const settle = async (): Promise<void> => writeFileSync(file, ODD)
    expect(await switchAccount(request, ports({ settle }))).toMatchObject({ kept: false })
  })

  it('waits for the owner, takes a lock that was left behind, and says when it is busy (C22)', async () => {
    mkdirSync(`${file}.lock`)
    const long = clock.now() / 1_000 - 11
    utimesSync(`${file}.lock`, long, long)
    expect(await switchAccount(request, ports())).toMatchObject({ kept: true })
    mkdirSync(`${file}.lock`)
    const present = readFileSync(file, 'utf8')
    const impatient = { ...clock, after: (_: number, run: () => void) => clock.after(1, run) }
    const edit: SwitchPorts['edit'] = (path, change) => editUnderOwnersLock(path, change, impatient)
    const back = { state: { account: BOB }, pool: 'claude', dryRun: false }
    await expect(switchAccount(back, ports({ edit }))).rejects.toMatchObject({ code: 'busy' })
    expect(readFileSync(file, 'utf8')).toBe(present)
    expect(existsSync(`${file}.lock`)).toBe(true)
  })

  it('follows a link, which stays one', async () => {
    const link = join(folder, 'link.json')
    symlinkSync(file, link)
    await switchAccount(request, ports({ files: [link] }))
    expect(lstatSync(link).isSymbolicLink()).toBe(true)
    expect(readFileSync(file, 'utf8')).toContain('"claude" :1')
  })

  it('plans on the text under the lock: the list may have moved (C12)', async () => {
    const edit: SwitchPorts['edit'] = (path, change) => {
      writeFileSync(file, '{"accounts":[{"email":"ada@example.com"},{"email":"bob@example.com"}],"activeIndex":1}')
      return editUnderOwnersLock(path, change, clock)
    }
    const report = await switchAccount(request, ports({ edit }))
    expect(report.changes).toEqual([{ key: 'activeIndexByFamily.claude', from: null, to: 0 }])
  })

  it('is for accounts of that file alone', async () => {
    const other = { ...request, state: { account: anAccount({ provider: 'claude', name: 'work' }) } }
    await expect(switchAccount(other, ports())).rejects.toMatchObject({ exitCode: 4, code: 'not_switchable' })
    const missing = { ...request, state: { account: { ...ADA, name: 'eve@example.com', email: 'eve@example.com' } } }
    await expect(switchAccount(missing, ports())).rejects.toMatchObject({ exitCode: 4, code: 'not_in_file' })
  })
})

describe('auto-switch', () => {
  const settings = { enabled: true, dryRun: false, minRemainingRatio: 0.1, cooldownMs: 10 * MINUTE_MS }
  const active = (left: number, more: Partial<AccountState> = {}): AccountState =>
    aState({
      account: { ...ADA, active: true, activeFor: ['claude', 'gemini'] },
      quotas: [aModel('claude-x', left)],
      ...more,
    })
  const other = (left: number, more: Parameters<typeof aState>[0] = {}): AccountState =>
    aState({ account: BOB, quotas: [aModel('claude-x', left)], ...more })
  const decide = (
    states: readonly AccountState[],
    last: LastSwitch | null = null,
    more = {},
    doubt: Doubt | null = null,
  ) =>
    decideSwitch({
      doubt,
      states,
      pool: 'claude',
      now: NOW,
      rules: DEFAULT_RULES,
      settings: { ...settings, ...more },
      last,
    })

  it('makes the best other account active when the active one is spent', () => {
    expect(switchedPools([active(0), other(0.5)])).toEqual(['claude', 'gemini'])
    expect(decide([active(0), other(0.5)])).toMatchObject({ pool: 'claude', from: ADA.id, to: BOB.id })
  })

  it('does nothing while it is off, while something is left, or where nobody has enough', () => {
    expect(decide([active(0), other(0.5)], null, { enabled: false })).toBeNull()
    expect(decide([active(0.01), other(0.9)])).toBeNull()
    expect(decide([active(0), other(0.09)])).toBeNull()
    expect(decide([active(0), other(0)])).toBeNull()
  })

  it('does not act on an inferred, old or failed value', () => {
    const inferred = aState({
      account: active(0).account,
      quotas: [aModel('claude-x', 0, { inferred: true })],
    })
    expect(decide([inferred, other(0.5)])).toBeNull()
    const doubt = { account: ADA.id, observedAt: inferred.observedAt ?? NOW }
    expect(doubtOf([inferred, other(0.5)], 'claude', NOW, DEFAULT_RULES)).toEqual(doubt)
    expect(decide([inferred, other(0.5)], null, {}, doubt)).toBeNull()
    expect(decide([active(0, { observedAt: plusMs(NOW, -HOUR_MS) }), other(0.5)])).toBeNull()
    const failed = { at: NOW, tookMs: 1, problem: aProblem('network') }
    expect(decide([active(0, { attempt: failed }), other(0.5)])).toBeNull()
  })

  it('acts on an inferred value that a later reading repeats: the usual form of a spent Antigravity model', () => {
    const inferred = aState({ account: active(0).account, quotas: [aModel('claude-x', 0, { inferred: true })] })
    const before = plusMs(inferred.observedAt ?? NOW, -MINUTE_MS)
    const both = [inferred, other(0.5)]
    expect(decide(both, null, {}, { account: ADA.id, observedAt: before })).toMatchObject({ to: BOB.id })
    expect(decide(both, null, {}, { account: BOB.id, observedAt: before })).toBeNull()
    expect(doubtOf([active(0), other(0.5)], 'claude', NOW, DEFAULT_RULES)).toBeNull()
    expect(doubtOf([active(0.3), other(0.5)], 'claude', NOW, DEFAULT_RULES)).toBeNull()
  })

  it('never switches to an account that is forbidden, signed out, switched off or old', () => {
    for (const code of ['forbidden', 'signed_out'] as const) {
      expect(decide([active(0), other(0.9, { problem: aProblem(code) })]), code).toBeNull()
    }
    expect(decide([active(0), other(0.9, { account: { ...BOB, enabled: false } })])).toBeNull()
    expect(decide([active(0), other(0.9, { observedAt: plusMs(NOW, -HOUR_MS) })])).toBeNull()
    expect(decide([active(0), other(0.9, { account: { ...BOB, sources: ['opencode'] } })])).toBeNull()
  })

  it('waits between two switches, longer when its owner took one back', () => {
    const last = { at: plusMs(NOW, -9 * MINUTE_MS), to: BOB.id, undoneAt: null }
    expect(decide([active(0), other(0.5)], last)).toBeNull()
    expect(decide([active(0), other(0.5)], { ...last, at: plusMs(NOW, -11 * MINUTE_MS) })).not.toBeNull()
    expect(decide([active(0), other(0.5)], { ...last, undoneAt: plusMs(NOW, -59 * MINUTE_MS) })).toBeNull()
    expect(decide([active(0), other(0.5)], { ...last, at: plusMs(NOW, HOUR_MS) })).not.toBeNull()
    expect(wasTakenBack(last, 'claude', [active(0), other(0.5)])).toBe(true)
    expect(wasTakenBack({ ...last, to: ADA.id }, 'claude', [active(0), other(0.5)])).toBe(false)
  })
})
