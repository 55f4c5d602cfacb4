import type { Credential } from '../../../model/credential.ts'
import { QuotaError } from '../../../model/problem.ts'
import type { ProviderHost } from '../../../model/provider.ts'
import type { Reading } from '../../../model/reading.ts'
import { readCache } from './cache.ts'
import { askAgy, parseUsage } from './headless.ts'
import { askServer, findServers } from './server.ts'
import { serverReading, understandServer } from './server-parse.ts'

type Host = Pick<ProviderHost, 'local' | 'known' | 'now' | 'signal'>

/**
 * A reading without the network, for a credential that is `local`: the running language server of this account, else
 * (for `agy`'s login, and only when commands may be run) `agy` itself, else what the editor has cached. Throws
 * QuotaError.
 */
export async function readLocally(credential: Credential, host: Host): Promise<Reading> {
  const { email } = credential.identity
  const served = email === null ? null : await readServer(email, host)
  if (served !== null) return served
  if (credential.extra['local'] === 'agy') return readAgy(email, host)
  const { cache } = credential.extra
  if (cache === undefined) throw nothing()
  const reading = readCache(cache, host.known)
  if (reading.quotas.length === 0) throw nothing()
  return reading
}

/** A server that does not say whose quota it has, or says another account's, is none for this account. */
async function readServer(email: string, { local, known, now, signal }: Host): Promise<Reading | null> {
  if (local === undefined) return null
  for (const program of await findServers(local)) {
    const answers = await askServer(local, program, signal)
    if (answers === null) continue
    const facts = understandServer(answers, now, known)
    if (facts.email?.toLowerCase() !== email.toLowerCase() || facts.quotas.length === 0) continue
    return serverReading(facts)
  }
  return null
}

async function readAgy(email: string | null, { local, now, signal }: Host): Promise<Reading> {
  const runOwner = local?.runOwner ?? null
  if (runOwner === null) {
    throw new QuotaError({
      code: 'credential_expired',
      message: 'Only `agy` itself can be asked with this login, and nothing is started in the background.',
      hint: 'Run `tokstat refresh`, or set run_owner_cli = true in [providers.antigravity].',
      endpoint: 'agy',
    })
  }
  const reading = parseUsage(await askAgy(runOwner, signal), now)
  return { ...reading, identity: { ...reading.identity, email } }
}

function nothing(): QuotaError {
  return new QuotaError({
    code: 'no_quota_reported',
    message: 'Antigravity has no quota cached on this machine.',
    hint: 'Open Antigravity once with this account.',
    endpoint: 'cache',
  })
}
