import type { AlertLogQuery, AlertLogRow } from '../model/index.ts'
import type { Database } from './database.ts'
import { instantOf, parsed } from './live-state.ts'
import type { Ring } from './memory.ts'

/** Logged alerts, newest first; what waits in memory is newer than the file and replaces rows of the same id. */
export function alertLogOf(
  db: Database | null,
  ring: Ring,
  query: AlertLogQuery,
  counter: { badRows: number },
): readonly AlertLogRow[] {
  const rows = new Map<string, AlertLogRow>()
  for (const row of db === null ? [] : stored(db, query)) {
    const before = counter.badRows
    const body = parsed(row['body'], counter)
    const at = instantOf(row['at'])
    if (counter.badRows > before || at === null) continue
    const account = row['account']
    const id = String(row['id'])
    rows.set(id, { id, at, account: typeof account === 'string' ? account : null, body })
  }
  for (const write of ring.writes()) if (write.kind === 'alert_log') rows.set(write.row.id, write.row)
  return [...rows.values()]
    .filter((row) => query.id === undefined || row.id === query.id)
    .filter((row) => query.account === undefined || row.account === query.account)
    .filter((row) => row.at >= (query.since ?? 0))
    .sort((one, other) => other.at - one.at)
    .slice(0, query.limit)
}

function stored(db: Database, query: AlertLogQuery): ReturnType<Database['all']> {
  if (query.id !== undefined) return db.all('SELECT id, at, account, body FROM alert_log WHERE id = ?', query.id)
  return db.all(
    `SELECT id, at, account, body FROM alert_log
     WHERE at >= ?1 AND (?2 IS NULL OR account = ?2) ORDER BY at DESC LIMIT ?3`,
    query.since ?? 0,
    query.account ?? null,
    query.limit,
  )
}
