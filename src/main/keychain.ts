import type { LocalHost } from '../model/provider.ts'

export interface KeychainLookup {
  readonly facts: {
    readonly lookupRequested: true
    readonly service: string | null
    readonly lookupError: string | null
  }
  readonly token: string | null
}

/** Under which names the editor keeps the key of its own storage. */
const SERVICES = ['Antigravity Safe Storage', 'Code Safe Storage']
const LIMITS = { timeoutMs: 10_000, maxBytes: 64 * 1024 }

/**
 * Looks into the macOS keychain (the system may ask its user first). Null where nothing was asked for by name and the
 * system has no such keychain.
 */
export async function readKeychain(
  local: LocalHost,
  platform: string,
  service: string | undefined,
): Promise<KeychainLookup | null> {
  if (platform !== 'darwin' || local.runOwner === null) {
    if (service === undefined) return null
    return { facts: { lookupRequested: true, service, lookupError: 'Only macOS has this keychain.' }, token: null }
  }
  for (const name of service === undefined ? SERVICES : [service]) {
    const args = ['find-generic-password', '-w', '-s', name]
    const run = await local.runOwner('security', args, LIMITS, new AbortController().signal)
    const token = run.kind === 'done' && run.exitCode === 0 ? run.stdout.trim() : ''
    if (token !== '') return { facts: { lookupRequested: true, service: name, lookupError: null }, token }
  }
  return { facts: { lookupRequested: true, service: service ?? null, lookupError: 'No such entry.' }, token: null }
}
