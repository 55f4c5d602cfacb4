import { onTestFinished } from 'vitest'
import type { LoginDialog, LoginOptions } from '../../model/app.ts'
import type { Clock } from '../../model/ports.ts'
import { Secret } from '../../model/secret.ts'
import { systemClock } from '../../platform/clock.ts'
import { createSendHttp } from '../../platform/http.ts'
import { memoryLog } from '../../platform/testing.ts'
import { type Simulator, startSimulator } from '../../simulator/server.ts'
import { createWorld, type World } from '../../simulator/world.ts'
import type { ClientFinder } from '../oauth/clients.ts'
import { noKeyring, type TestVault, testVault, vaultPorts, WITH_PASSPHRASE } from '../vault/testing.ts'
import type { LoginDeps } from './deps.ts'
import { createOwnAccounts, type OwnAccounts } from './own-accounts.ts'

/** For tests: a person at a terminal, and everything that a login needs, against the simulator. */

export interface FakeDialog extends LoginDialog {
  readonly lines: string[]
  /** Answers to questions, in order; a question without one is never answered. */
  readonly answers: (string | null)[]
  readonly questions: { readonly question: string; readonly hidden: boolean }[]
  press(keys: string): void
  interrupt(): void
  /** Everything that was said, once it holds what is looked for. */
  said(pattern: RegExp): Promise<RegExpExecArray>
}

export function fakeDialog(facts: { readonly interactive?: boolean; readonly piped?: string } = {}): FakeDialog {
  const stop = new AbortController()
  const listeners = new Set<(keys: string) => void>()
  const lines: string[] = []
  const answers: (string | null)[] = []
  const questions: FakeDialog['questions'] = []
  return {
    lines,
    answers,
    questions,
    interactive: facts.interactive ?? true,
    signal: stop.signal,
    say: (line) => void lines.push(line),
    async ask(question, { hidden, signal }) {
      questions.push({ question, hidden })
      while (answers.length === 0 && !signal.aborted) await nextTurn()
      return answers.shift() ?? null
    },
    readAll: async () => facts.piped ?? '',
    onKeys: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    press: (keys) => {
      for (const listener of listeners) listener(keys)
    },
    interrupt: () => stop.abort(),
    async said(pattern) {
      for (;;) {
        const found = pattern.exec(lines.join('\n'))
        if (found !== null) return found
        await nextTurn()
      }
    },
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 1)
  })
}

export interface LoginScene {
  readonly world: World
  readonly simulator: Simulator
  readonly vault: TestVault
  readonly deps: LoginDeps
  readonly own: OwnAccounts
  readonly opened: string[]
  readonly copied: string[]
  readonly purged: string[]
  /** `old > new` */
  readonly renamed: string[]
}

export interface LoginSceneOptions {
  readonly clock?: Clock
  readonly hasDisplay?: boolean
  /** Secrets go into the keyring in memory instead of the vault file on disk. */
  readonly withKeyring?: boolean
  readonly hasClients?: boolean
}

export async function loginScene(options: LoginSceneOptions = {}): Promise<LoginScene> {
  const { clock = systemClock() } = options
  const world = createWorld({ clock: { now: () => clock.now() } })
  const simulator = await startSimulator({ world })
  onTestFinished(() => simulator.stop())
  const vault = testVault({ key: WITH_PASSPHRASE, ports: vaultPorts(clock) })
  if (options.withKeyring !== true) vault.keyring.fault = noKeyring
  const opened: string[] = []
  const copied: string[] = []
  const purged: string[] = []
  const renamed: string[] = []
  const upstream = new URL(simulator.url)
  const sendHttp = createSendHttp({ clock: systemClock(), upstream, log: memoryLog().log })
  const deps: LoginDeps = {
    ports: vault.ports,
    stores: vault.stores,
    accounts: vault.accounts,
    stateFolder: vault.stateFolder,
    send: (request, signal) => sendHttp({ ...request, timeoutMs: 5_000 }, signal),
    clients: clientsOf(world, options.hasClients ?? true),
    providers: ['antigravity', 'claude', 'copilot', 'deepseek', 'gemini-cli', 'nano-gpt', 'openrouter'],
    upstream,
    desktop: {
      hasDisplay: options.hasDisplay ?? false,
      openBrowser: async (url) => opened.push(url) > 0,
      copy: async (text) => copied.push(text) > 0,
    },
    purgeHistory: async (id) => {
      purged.push(id)
      return id.endsWith('ada')
    },
    renameHistory: async (from, to) => void renamed.push(`${from} > ${to.id}`),
  }
  return { world, simulator, vault, deps, own: createOwnAccounts(deps), opened, copied, purged, renamed }
}

function clientsOf(world: World, has: boolean): ClientFinder {
  const find = (provider: string): ReturnType<ClientFinder['configured']> => {
    const client = provider === 'gemini-cli' ? world.clients['gemini-cli'] : world.clients.antigravity
    return !has || client === null ? [] : [{ id: client.id, secret: new Secret(client.secret), origin: 'test' }]
  }
  return { configured: find, installed: async () => [], lookAgain: async () => [] }
}

export function loginOptions(provider: string, changes: Partial<LoginOptions> = {}): LoginOptions {
  return { provider, name: null, replace: false, browser: true, keyFromStdin: false, ...changes }
}
