import { z } from '@hono/zod-openapi'

const Instant = z.iso.datetime().openapi({ description: 'RFC 3339, UTC' })

export const AlertEntry = z
  .object({
    id: z.string(),
    rule: z.string(),
    event: z.string(),
    state: z.enum(['firing', 'resolved']),
    severity: z.enum(['info', 'warning', 'critical']),
    account: z.string().nullable(),
    provider: z.string().nullable(),
    quota: z.string().nullable(),
    level: z.enum(['ok', 'medium', 'low', 'exhausted', 'unlimited', 'unknown']).nullable(),
    remainingRatio: z.number().min(0).nullable(),
    resetsAt: Instant.nullable(),
    at: Instant,
    resolvedAt: Instant.nullable(),
    message: z.string(),
    acknowledgedAt: Instant.nullable(),
    snoozedUntil: Instant.nullable(),
    deliveries: z.array(
      z.object({
        channel: z.string(),
        state: z.enum(['pending', 'held', 'delivered', 'failed', 'expired']),
        at: Instant,
        error: z.string().nullable(),
      }),
    ),
  })
  .openapi('Alert')

export const SnoozeEntry = z
  .object({
    id: z.string(),
    rule: z.string().nullable(),
    account: z.string().nullable(),
    quota: z.string().nullable(),
    until: Instant,
  })
  .openapi('Snooze')

export const AlertList = z
  .object({
    alerts: z.array(AlertEntry),
    rules: z.array(
      z.object({
        name: z.string(),
        event: z.string(),
        when: z.string(),
        severity: z.string(),
        notify: z.array(z.string()),
      }),
    ),
    channels: z.array(
      z.object({
        name: z.string(),
        type: z.string(),
        target: z.string(),
        waiting: z.number(),
        lastError: z.string().nullable(),
      }),
    ),
    snoozes: z.array(SnoozeEntry),
  })
  .openapi('Alerts')

export const ChannelTested = z
  .object({
    channel: z.string(),
    type: z.string(),
    target: z.string(),
    delivered: z.boolean(),
    tookMs: z.number(),
    error: z.string().nullable(),
  })
  .openapi('ChannelTest')

export const Rehearsed = z
  .object({
    since: Instant,
    alerts: z.array(
      z.object({
        rule: z.string(),
        event: z.string(),
        account: z.string(),
        quota: z.string(),
        at: Instant,
        message: z.string(),
        resolvedAt: Instant.nullable(),
      }),
    ),
    rules: z.array(
      z.object({
        name: z.string(),
        fired: z.number(),
        rehearsable: z.boolean().openapi({ description: 'False: it needs what the history does not keep' }),
      }),
    ),
  })
  .openapi('Rehearsal')
