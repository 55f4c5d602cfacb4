import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { runProgram } from '../helpers/program.ts'

/** A `codex` that renews its own login when its app-server is asked, as the real one does, and keeps a log of its runs. */
const CODEX = `
const fs = require('node:fs')
const file = process.env.HOME + '/.codex/auth.json'
fs.appendFileSync(process.env.HOME + '/runs', process.argv.slice(2).join(' ') + '\\n')
const answers = {
  initialize: {},
  'account/rateLimits/read': { rateLimits: { planType: 'plus', primary: { usedPercent: 40, windowDurationMins: 300 } } },
  'account/read': { account: { type: 'chatgpt', email: 'user@example.com', planType: 'plus' } },
}
require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method } = JSON.parse(line)
  if (id === undefined) return
  console.log(JSON.stringify({ id, result: answers[method] }))
})`

function token(claims: object): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part({ alg: 'none' })}.${part(claims)}.fake`
}

/** A home whose Codex login ended an hour ago, and a machine with or without `codex`. */
async function homeWithExpiredLogin() {
  const home = await mkdtemp(join(tmpdir(), 'tokstat-owner-'))
  onTestFinished(() => rm(home, { recursive: true, force: true }))
  const file = join(home, '.codex', 'auth.json')
  const ended = Math.floor(Date.UTC(2026, 0, 1) / 1000)
  const access = token({ exp: ended, 'https://api.openai.com/profile': { email: 'user@example.com' } })
  const tokens = { access_token: access, refresh_token: 'rt_fake-refresh-canary', account_id: 'account-1' }
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, JSON.stringify({ auth_mode: 'chatgpt', tokens }))
  const bin = join(home, 'bin')
  await mkdir(bin)
  await writeFile(join(bin, 'codex'), `#!${process.execPath}\n${CODEX}\n`)
  await chmod(join(bin, 'codex'), 0o755)
  const path = `${bin}:/usr/bin:/bin`
  const run = (args: readonly string[]) =>
    runProgram(args, {
      cwd: home,
      env: { HOME: home, PATH: path, HTTPS_PROXY: '', TOKSTAT_UPSTREAM: 'http://127.0.0.1:9' },
    })
  const runs = () => readFile(join(home, 'runs'), 'utf8').catch(() => '')
  return { home, file, run, runs }
}

describe('a Codex login that has expired', () => {
  it('is asked of `codex app-server` when a person says refresh or query, and never by itself', async () => {
    const { file, run, runs } = await homeWithExpiredLogin()
    const before = await readFile(file, 'utf8')
    const list = await run(['list', '--json'])
    expect(JSON.parse(list.stdout)).toMatchObject({ accounts: [{ status: 'auth_required', quotas: [] }] })
    expect(await runs()).toBe('')

    expect(await run(['refresh'])).toMatchObject({ code: 0 })
    expect(await runs()).toBe('-s read-only -a never app-server\n')
    const after = JSON.parse((await run(['list', '--cached', '--json'])).stdout)
    expect(after).toMatchObject({
      accounts: [{ status: 'ok', plan: { id: 'plus' }, quotas: [{ id: 'session', usedRatio: 0.4 }] }],
    })

    const query = await run(['query', 'codex', '--json'])
    expect(query.stdout).toContain('"usedPercent": 40')
    expect(query.stdout + query.stderr).not.toContain('rt_fake-refresh-canary')
    expect(await readFile(file, 'utf8')).toBe(before)
  })
})
