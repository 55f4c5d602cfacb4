import type { Credential } from '../../model/credential.ts'

/** The accounts of one file. `owners`: the file is the plugin's own, whose marks of what is in use are the true ones. */
export interface PlaceAccounts {
  readonly owners: boolean
  readonly credentials: readonly Credential[]
}

/**
 * One list out of all files: a login that stands in several of them is kept once, as it was last used. Which account
 * is in use is said by one file alone (the first of the owner's that has any account), or two would be "active".
 */
export function mergeAccounts(places: readonly PlaceAccounts[]): readonly Credential[] {
  const filled = places.filter((place) => place.credentials.length > 0)
  const marking = filled.find((place) => place.owners) ?? filled[0]
  const all = filled.flatMap((place) =>
    place === marking ? place.credentials : place.credentials.map((one) => ({ ...one, active: false, activeFor: [] })),
  )
  const newestFirst = [...all].sort((left, right) => (right.updatedAt ?? 0) - (left.updatedAt ?? 0))
  const kept: Credential[] = []
  for (const credential of newestFirst) {
    const twin = kept.findIndex((other) => isSameLogin(other, credential, all))
    const known = kept[twin]
    if (known === undefined) kept.push(credential)
    else kept[twin] = withMarksOf(known, credential)
  }
  // The files' own order, not that of the last use, so that the list does not move about.
  const order = new Map(all.map((credential, index) => [credential.fingerprint + credential.slot, index]))
  const rank = (one: Credential): number => order.get(one.fingerprint + one.slot) ?? 0
  return kept.sort((left, right) => rank(left) - rank(right))
}

/**
 * The same refresh token, or the same e-mail and project. A project that one of them does not name counts as equal
 * only while the e-mail has one known project: with several nobody can say which of them is meant.
 */
function isSameLogin(left: Credential, right: Credential, all: readonly Credential[]): boolean {
  if (left.fingerprint === right.fingerprint) return true
  const email = emailKey(left)
  if (email === null || email !== emailKey(right)) return false
  const [one, other] = [left.identity.workspace, right.identity.workspace]
  if (one === other) return true
  return (one === null || other === null) && knownProjects(email, all) === 1
}

function emailKey(credential: Credential): string | null {
  return credential.identity.email?.toLowerCase() ?? null
}

function knownProjects(email: string, all: readonly Credential[]): number {
  const projects = all.filter((one) => emailKey(one) === email).map((one) => one.identity.workspace)
  return new Set(projects.filter((project) => project !== null)).size
}

function withMarksOf(kept: Credential, dropped: Credential): Credential {
  return {
    ...kept,
    active: kept.active || dropped.active,
    activeFor: [...new Set([...kept.activeFor, ...dropped.activeFor])],
  }
}
