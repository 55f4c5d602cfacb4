import type { Database } from './database.ts'
import { decodeSample, SAMPLE_COLUMNS, type StoredSample } from './sample-row.ts'

const ROWS_A_PAGE = 1_000

type ReadPage = (
  query: (db: Database) => readonly (readonly (string | number | null)[])[],
) => readonly (readonly (string | number | null)[])[]

/** Samples of one series in the order of recording, read in pages so that writing goes on between them. */
export function* pagedSamples(
  read: ReadPage,
  series: number,
  range: { readonly since: number; readonly until: number },
  counter: { badRows: number },
): IterableIterator<StoredSample> {
  // A sample's seq is never below its time.
  let after = Math.max(0, range.since) - 1
  for (;;) {
    const from = after
    const rows = read((db) =>
      db.arrays(
        `SELECT ${SAMPLE_COLUMNS} FROM samples WHERE series = ? AND seq > ? ORDER BY seq LIMIT ?`,
        series,
        from,
        ROWS_A_PAGE,
      ),
    )
    for (const row of rows) {
      const sample = decodeSample(series, row)
      if (sample === null) counter.badRows += 1
      else if (sample.at >= range.since && sample.at <= range.until) yield sample
    }
    const last = rows.at(-1)?.[0]
    if (rows.length < ROWS_A_PAGE || typeof last !== 'number') return
    after = last
  }
}
