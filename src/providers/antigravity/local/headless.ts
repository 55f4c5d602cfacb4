import { QuotaError } from '../../../model/problem.ts'
import type { OwnerRun, RunOwner } from '../../../model/provider.ts'
import { type Reading, UNKNOWN_IDENTITY } from '../../../model/reading.ts'
import type { EpochMs } from '../../../model/time.ts'
import { corruptNote } from '../../shared/notes.ts'
import { parseJson } from '../../shared/parse-json.ts'
import { parseSummary } from '../summary.ts'
import { Usage } from './schema.ts'

/** Since this version `/usage` is a read-only command; before, it was sent to a model and spent quota. */
const FIRST_VERSION = [1, 1, 11] as const
const USAGE_ARGS = ['--print-timeout', '30s', '--output-format', 'json', '--print', '/usage']
const VERSION_LIMITS = { timeoutMs: 10_000, maxBytes: 64 * 1024 }
const USAGE_LIMITS = { timeoutMs: 45_000, maxBytes: 1024 * 1024 }

/**
 * Asks Antigravity's own command for the quota of the account it is signed in with: no token is touched and no model
 * is asked. Only a version that is known to be safe is asked. Throws QuotaError.
 */
export async function askAgy(runOwner: RunOwner, signal: AbortSignal): Promise<unknown> {
  const version = await runOwner('agy', ['--version'], VERSION_LIMITS, signal)
  const found = /(\d+)\.(\d+)\.(\d+)/.exec(outputOf(version))
  if (found === null || !isNewEnough(found.slice(1).map(Number))) {
    throw new QuotaError({
      code: 'client_too_old',
      message: '`agy` is too old to be asked safely: before 1.1.11 the question spends quota.',
      hint: 'Update agy to 1.1.11 or newer.',
      endpoint: 'agy',
    })
  }
  const usage = await runOwner('agy', USAGE_ARGS, USAGE_LIMITS, signal)
  const parsed = parseJson(outputOf(usage))
  if (parsed.state !== 'ok') throw unusable('`agy` answered something that is no quota.')
  return parsed.value
}

/** What the answer means. `reading` has no identity: the command does not say whose quota it is. Throws QuotaError. */
export function parseUsage(json: unknown, at: EpochMs): Reading {
  const usage = Usage.safeParse(json)
  if (!usage.success || usage.data.status !== 'SUCCESS') throw unusable('`agy` could not read its quota.')
  const { groups } = usage.data.command.data
  const summary = parseSummary(
    {
      groups: groups.items.map(({ name, buckets }) => ({
        displayName: name,
        buckets: buckets.items.map((bucket) => ({
          bucketId: bucket.id,
          displayName: bucket.name,
          window: bucket.window,
          remainingFraction: bucket.remaining_fraction,
          resetTime: bucket.reset_time,
        })),
      })),
    },
    at,
  )
  if (summary === null || summary.windows.length === 0) throw unusable('`agy` reports no quota.')
  const dropped = summary.dropped + groups.items.reduce((sum, { buckets }) => sum + buckets.dropped, groups.dropped)
  return {
    identity: UNKNOWN_IDENTITY,
    plan: null,
    quotas: summary.windows,
    notes: [...corruptNote(dropped), ...summary.notes],
    observedAt: null,
    via: 'agy',
  }
}

function isNewEnough([major = 0, minor = 0, patch = 0]: readonly number[]): boolean {
  const [a, b, c] = FIRST_VERSION
  if (major !== a) return major > a
  return minor === b ? patch >= c : minor > b
}

function outputOf(run: OwnerRun): string {
  switch (run.kind) {
    case 'done':
      if (run.exitCode === 0) return run.stdout
      throw unusable('`agy` ended with an error; it may be signed out.')
    case 'missing':
      throw new QuotaError({
        code: 'signed_out',
        message: '`agy` is not installed.',
        hint: 'Install Antigravity’s `agy`, or use another login.',
        endpoint: 'agy',
      })
    case 'timeout':
    case 'stopped':
      throw new QuotaError({ code: 'timeout', message: '`agy` took too long to answer.', endpoint: 'agy' })
    case 'too_large':
      throw new QuotaError({ code: 'too_large', message: '`agy` answered with too much.', endpoint: 'agy' })
    case 'failed':
      throw unusable('`agy` could not be started.')
  }
}

function unusable(message: string): QuotaError {
  return new QuotaError({
    code: 'unexpected_response',
    message,
    hint: 'Run `agy` once and look whether it is signed in.',
    endpoint: 'agy',
  })
}
