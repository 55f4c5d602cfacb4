import type { Alert, AlertDesk, Snooze } from '../model/index.ts'
import { ClientError } from './errors.ts'

type Send = <Body>(method: string, path: string, body: unknown) => Promise<Body>

/** What a person says about alerts, to the daemon. A 404 is an answer: there is no such alert or snooze (any more). */
export function alertDeskOf(send: Send): AlertDesk {
  const alerts = '/api/v1/alerts'
  return {
    snooze: (id, forMs) =>
      orNull(send<Alert>('POST', `${alerts}/${encodeURIComponent(id)}/snooze`, { for: text(forMs) })),
    snoozeTarget: ({ rule, account, quota }, forMs) =>
      send<Snooze>('POST', `${alerts}/snoozes`, { rule, account, quota, for: text(forMs) }),
    unsnooze: (id) => orNull(send<Snooze>('DELETE', `${alerts}/snoozes/${encodeURIComponent(id)}`, undefined)),
    acknowledge: (id) => orNull(send<Alert>('POST', `${alerts}/${encodeURIComponent(id)}/acknowledge`, {})),
  }
}

function text(ms: number): string {
  return `${Math.ceil(ms / 1000)}s`
}

async function orNull<Body>(answer: Promise<Body>): Promise<Body | null> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof ClientError && error.status === 404) return null
    throw error
  }
}
