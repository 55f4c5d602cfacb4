import type { Credential, KnownLogin, SourceId, SourceReport } from '../model/credential.ts'
import type { Discovery } from '../model/ports.ts'
import { report } from './look.ts'
import type { CredentialPorts, Source, SourceEnvironment, SourceFinding } from './ports.ts'
import { type Memory, rememberEarlier, retain } from './retention.ts'

export interface Finder {
  readonly staticPlaces: readonly string[]
  /** Those whose owner writes them all the time. */
  readonly busyPlaces: readonly string[]
  /** `known`: what an earlier process knew; counts at the first look. */
  look(known: readonly KnownLogin[]): Promise<Look>
  /** The same login as it stands in its file now; null when it is not there any more, or not surely the same. */
  again(credential: Credential, isGoogle: boolean): Promise<Credential | null>
}

interface Look extends Discovery {
  readonly watched: readonly string[]
  readonly waiting: boolean
}

/** Looks at all sources, and remembers what each place held when it was last understood. */
export function createFinder(
  sources: readonly Source[],
  environment: SourceEnvironment,
  ports: CredentialPorts,
): Finder {
  const memories = new Map<SourceId, Memory>()
  const nameTroubles = createTroubleLog(ports)
  const findIn = (source: Source): Promise<SourceFinding> =>
    findSafely(source, { environment, ports, known: [...(memories.get(source.id)?.keys() ?? [])] })

  return {
    staticPlaces: sources.flatMap((source) =>
      source.places(environment).flatMap(({ place, isFile = true, isBusy }) => (isFile && !isBusy ? [place] : [])),
    ),
    busyPlaces: sources.flatMap((source) =>
      source.places(environment).flatMap(({ place, isBusy }) => (isBusy ? [place, `${place}-wal`] : [])),
    ),
    async look(known) {
      const found = await Promise.all(sources.map(async (source) => ({ id: source.id, finding: await findIn(source) })))
      const nowMs = ports.clock.monotonicMs()
      const looks = found.map(({ id, finding }) => {
        const retained = retain(memories.get(id) ?? earlierOf(id, finding, known), finding, nowMs)
        memories.set(id, retained.memory)
        return retained
      })
      const reports = looks.flatMap((one) => one.reports)
      nameTroubles(reports)
      return {
        credentials: looks.flatMap((one) => one.credentials),
        reports,
        watched: found.flatMap(({ finding }) => finding.watched),
        waiting: looks.some((one) => one.waiting),
      }
    },
    async again(credential, isGoogle) {
      const source = sources.find((one) => one.id === credential.source)
      if (source === undefined) return null
      const { credentials } = await findIn(source)
      return (
        credentials.find((one) => one.fingerprint === credential.fingerprint && one.provider === credential.provider) ??
        credentials.find((one) => isSameLogin(one, credential, isGoogle)) ??
        null
      )
    },
  }
}

function earlierOf(id: SourceId, finding: SourceFinding, known: readonly KnownLogin[]): Memory {
  return rememberEarlier(
    known.filter(({ source }) => source === id),
    finding,
  )
}

/**
 * Whether a changed entry is still the same person's login. A Google refresh token does not change while a login
 * lasts, so a new one is only believed under the same e-mail; other tokens rotate, so only a contradiction counts.
 */
function isSameLogin(fresh: Credential, known: Credential, isGoogle: boolean): boolean {
  if (fresh.provider !== known.provider || fresh.origin !== known.origin || fresh.slot !== known.slot) return false
  if (isGoogle) return known.identity.email !== null && fresh.identity.email === known.identity.email
  const agrees = (one: string | null, other: string | null): boolean => one === null || other === null || one === other
  return (
    agrees(fresh.identity.subject, known.identity.subject) &&
    agrees(fresh.identity.workspace, known.identity.workspace) &&
    agrees(fresh.identity.email, known.identity.email)
  )
}

interface FindContext {
  readonly environment: SourceEnvironment
  readonly ports: CredentialPorts
  /** Places that held logins before. */
  readonly known: readonly string[]
}

async function findSafely(source: Source, { environment, ports, known }: FindContext): Promise<SourceFinding> {
  try {
    return await source.find(environment, ports)
  } catch {
    // A fault of ours in one source must not blind the others; its known logins stay, as for an unreadable file.
    ports.log.error('a source of logins failed', { source: source.id })
    const places = known.length === 0 ? [source.id] : known
    const detail = 'tokstat failed to read it. Please report this.'
    const reports = places.map((place) => report(source.id, place, 'unreadable', { detail }))
    return { credentials: [], reports, watched: [] }
  }
}

/** Names a place in the log when it becomes unreadable, and when it is readable again; not at every look. */
function createTroubleLog(ports: CredentialPorts): (reports: readonly SourceReport[]) => void {
  const troubles = new Map<string, string>()
  return (reports) => {
    for (const one of reports) {
      const detail = one.state === 'unreadable' ? (one.detail ?? '') : ''
      if ((troubles.get(one.place) ?? '') === detail) continue
      troubles.set(one.place, detail)
      const fields = { source: one.source, place: one.place, detail }
      if (detail === '') ports.log.info('login file can be read again', fields)
      else ports.log.warn('login file cannot be read', fields)
    }
  }
}
