import type { Database } from './database.ts'

const ROWS_A_SLICE = 20_000

/**
 * Deletes an account, its series and all that hangs on them; the logged alerts of the account too. In slices, so that
 * no transaction grows without bound. Returns the number of samples deleted.
 */
export function purgeSeries(
  db: Database,
  target: { readonly account: string; readonly id: number; readonly series: readonly number[] },
): number {
  let deleted = 0
  for (const series of target.series) {
    for (let gone = ROWS_A_SLICE; gone > 0; deleted += gone) {
      gone = db.tx(() =>
        db.run(
          `DELETE FROM samples WHERE series = ? AND seq <=
             (SELECT max(seq) FROM (SELECT seq FROM samples WHERE series = ? ORDER BY seq LIMIT ?))`,
          series,
          series,
          ROWS_A_SLICE,
        ),
      )
    }
  }
  db.tx(() => {
    db.run('DELETE FROM alert_log WHERE account = ?', target.account)
    db.run('DELETE FROM accounts WHERE id = ?', target.id)
  })
  return deleted
}
