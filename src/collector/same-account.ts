import type { Credential } from '../model/credential.ts'
import type { Identity } from '../model/reading.ts'

/** A credential with all that is known about whose it is. */
export interface Login {
  readonly credential: Credential
  readonly identity: Identity
  readonly isGoogle: boolean
  readonly word: string | null
}

/**
 * Groups logins of one provider that are the same account: the same secret; the same subject and workspace; for
 * Google also the same e-mail and project. A login that does not say its workspace joins one that does (when there
 * are several, the first by name, so that it never bridges two). Different subjects are never the same account.
 */
export function clusters(logins: readonly Login[]): readonly (readonly Login[])[] {
  // In the order of the secrets, so that the order of files and entries decides nothing.
  const ordered = [...logins].sort((a, b) => (a.credential.fingerprint < b.credential.fingerprint ? -1 : 1))
  const bySecret = group(
    ordered.map((login) => [login]),
    (cluster) => cluster.map((login) => login.credential.fingerprint),
  )
  const withWorkspace = group(bySecret, (cluster) => {
    const workspace = partOf(cluster, 'workspace')
    return personKeys(cluster).map((key) => `${key}|${workspace ?? ''}`)
  })
  return joinWithoutWorkspace(withWorkspace)
}

type Cluster = readonly Login[]

function group(parts: readonly Cluster[], keysOf: (cluster: Cluster) => readonly string[]): readonly Cluster[] {
  const groups: (Cluster | null)[] = []
  const holder = new Map<string, number>()
  for (const part of parts) {
    let merged: Cluster = part
    for (const index of new Set(keysOf(part).map((key) => holder.get(key)))) {
      const other = index === undefined ? null : groups[index]
      if (index === undefined || other === null || other === undefined || contradict(other, merged)) continue
      groups[index] = null
      merged = [...other, ...merged]
    }
    const index = groups.push(merged) - 1
    for (const key of keysOf(merged)) {
      const held = holder.get(key)
      if (held === undefined || groups[held] === null) holder.set(key, index)
    }
  }
  return groups.filter((cluster) => cluster !== null)
}

function joinWithoutWorkspace(parts: readonly Cluster[]): readonly Cluster[] {
  const whole = parts.filter((cluster) => partOf(cluster, 'workspace') !== null)
  const loose = parts.filter((cluster) => partOf(cluster, 'workspace') === null)
  const joined = new Map<Cluster, Login[]>(whole.map((cluster) => [cluster, [...cluster]]))
  const left: Cluster[] = []
  const byPerson = new Map<string, Cluster[]>()
  for (const cluster of whole) {
    for (const key of personKeys(cluster)) byPerson.set(key, [...(byPerson.get(key) ?? []), cluster])
  }
  for (const cluster of loose) {
    const home = personKeys(cluster)
      .flatMap((key) => byPerson.get(key) ?? [])
      .filter((other) => !contradict(other, cluster))
      .sort((a, b) => ((partOf(a, 'workspace') ?? '') < (partOf(b, 'workspace') ?? '') ? -1 : 1))
      .at(0)
    if (home === undefined) left.push(cluster)
    else joined.get(home)?.push(...cluster)
  }
  return [...joined.values(), ...left]
}

/** Names of the person behind a cluster. An e-mail counts for Google only; elsewhere it is a label. */
function personKeys(cluster: Cluster): readonly string[] {
  const keys = new Set<string>()
  for (const { identity, isGoogle } of cluster) {
    if (identity.subject !== null) keys.add(`subject ${identity.subject}`)
    if (isGoogle && identity.email !== null) keys.add(`email ${identity.email.toLowerCase()}`)
  }
  return [...keys]
}

function contradict(one: Cluster, other: Cluster): boolean {
  const a = partOf(one, 'subject')
  const b = partOf(other, 'subject')
  return a !== null && b !== null && a !== b
}

function partOf(cluster: Cluster, part: keyof Identity): string | null {
  return cluster.map((login) => login.identity[part]).find((value) => value !== null) ?? null
}
