import { execFile } from 'node:child_process'
import { passedOn } from './passed-on.ts'

/** What a look for one entry came to; the shape that credentials/ports.ts asks for. */
export type KeychainRead =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable'; readonly reason: 'denied' | 'timeout' | 'io'; readonly detail: string }

/** How a helper program ended. `missing`: there is no such program. */
export type Ran =
  | { readonly kind: 'ended'; readonly exitCode: number; readonly stdout: string }
  | { readonly kind: 'missing' }
  | { readonly kind: 'timeout' }

export type RunProgram = (file: string, args: readonly string[], options: RunOptions) => Promise<Ran>

export interface RunOptions {
  readonly timeoutMs: number
  /** The whole environment of the program. */
  readonly env: Readonly<Record<string, string>>
}

export interface KeychainOptions {
  readonly platform: string
  /** The value of a variable of the environment; null when it is not set. */
  readonly get: (name: string) => string | null
  readonly run?: RunProgram
}

/** What the system's program gets of our environment: how to reach the keyring, and nothing that may hold a secret. */
const PASSED_ON = ['PATH', 'HOME', 'LANG', 'DBUS_SESSION_BUS_ADDRESS', 'XDG_RUNTIME_DIR', 'DISPLAY'] as const

/** A keychain that is locked waits for a person; a monitor must not (C25). */
const LIMIT_MS = 5_000
/** Larger than any login. */
const MAX_BYTES = 1_048_576

/** Exit code of `security` for an entry that does not exist. */
const NOT_FOUND = 44

/**
 * Reads entries of other tools in the keychain with the system's own program, the secret on its standard output and
 * never in an argument. Linux: `secret-tool search` without `--unlock`, so that no window opens. Elsewhere: no entry.
 */
export function createKeychainReader({
  platform,
  get,
  run = runProgram,
}: KeychainOptions): (service: string, account: string | null) => Promise<KeychainRead> {
  const options = { timeoutMs: LIMIT_MS, env: passedOn(PASSED_ON, get) }
  const ask: Ask = (file, args) => run(file, args, options)
  return async (service, account) => {
    if (platform === 'darwin') return fromMac(ask, service, account)
    if (platform === 'linux') return fromSecretService(ask, service, account)
    return { kind: 'absent' }
  }
}

type Ask = (file: string, args: readonly string[]) => Promise<Ran>

async function fromMac(ask: Ask, service: string, account: string | null): Promise<KeychainRead> {
  const who = account === null ? [] : ['-a', account]
  const ran = await ask('/usr/bin/security', ['find-generic-password', '-s', service, ...who, '-w'])
  if (ran.kind === 'missing' || (ran.kind === 'ended' && ran.exitCode === NOT_FOUND)) return { kind: 'absent' }
  if (ran.kind === 'timeout') return unreadable('timeout', 'security')
  // The entry is there: its list of programs does not have this one, or the keychain is locked.
  return ran.exitCode === 0 ? { kind: 'text', text: ran.stdout } : unreadable('denied', `security ${ran.exitCode}`)
}

async function fromSecretService(ask: Ask, service: string, account: string | null): Promise<KeychainRead> {
  const who = account === null ? [] : ['account', account]
  const ran = await ask('secret-tool', ['search', 'service', service, ...who])
  if (ran.kind === 'timeout') return unreadable('timeout', 'secret-tool')
  // Without the program, a session bus or a keyring there is no entry for us to find.
  if (ran.kind === 'missing' || !/^\[.+\]$/m.test(ran.stdout)) return { kind: 'absent' }
  const secret = /^secret = (.*)$/m.exec(ran.stdout)?.[1] ?? ''
  return secret === '' ? unreadable('denied', 'the keyring is locked') : { kind: 'text', text: secret }
}

function unreadable(reason: 'denied' | 'timeout', detail: string): KeychainRead {
  return { kind: 'unreadable', reason, detail }
}

/** Runs a program without a shell and without input; it is ended when its time is over. Never throws. */
export function runProgram(file: string, args: readonly string[], { timeoutMs, env }: RunOptions): Promise<Ran> {
  return new Promise((resolve) => {
    const options = { env, timeout: timeoutMs, killSignal: 'SIGKILL', maxBuffer: MAX_BYTES, windowsHide: true } as const
    const child = execFile(file, [...args], options, (error, stdout) => {
      if (error === null) resolve({ kind: 'ended', exitCode: 0, stdout })
      else if (error.code === 'ENOENT' || error.code === 'EACCES') resolve({ kind: 'missing' })
      else if (error.killed === true) resolve({ kind: 'timeout' })
      else resolve({ kind: 'ended', exitCode: typeof error.code === 'number' ? error.code : 1, stdout })
    })
    child.stdin?.end()
  })
}
