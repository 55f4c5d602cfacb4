import { type EpochMs, epochMs } from '../model/index.ts'
import type { Database } from './database.ts'
import { usedBytes } from './retention.ts'

export interface FileCounts {
  readonly samples: number
  readonly bytes: number
  readonly oldestAt: EpochMs | null
}

export function countsOf(db: Database): FileCounts {
  const oldest = db.get(
    'SELECT min((SELECT seq + skew FROM samples WHERE series = s.id ORDER BY seq LIMIT 1)) AS at FROM series AS s',
  )?.['at']
  return {
    samples: Number(db.get('SELECT count(*) AS count FROM samples')?.['count'] ?? 0),
    bytes: usedBytes(db),
    oldestAt: typeof oldest === 'number' ? epochMs(oldest) : null,
  }
}
