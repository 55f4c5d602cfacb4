import { describe, expect, it } from 'vitest'
import { AppError } from './app.ts'
import { QuotaError, STATUS_OF_CODE } from './problem.ts'

describe('STATUS_OF_CODE', () => {
  it('is the closed list of contracts section 8', () => {
    const byStatus = Object.groupBy(Object.entries(STATUS_OF_CODE), ([, status]) => status)
    const codes = Object.fromEntries(
      Object.entries(byStatus).map(([status, entries]) => [status, entries.map(([code]) => code).join(' ')]),
    )
    expect(codes).toEqual({
      auth_required:
        'signed_out credential_expired credential_revoked client_missing client_mismatch credential_unreadable scope_missing',
      forbidden: 'forbidden verification_required unsupported_region',
      not_entitled: 'no_quota_reported consumer_tier_retired api_key_login',
      rate_limited: 'rate_limited',
      unreachable: 'offline network timeout upstream_unavailable blocked_by_gateway',
      bad_response: 'unexpected_response truncated too_large rejected endpoint_gone client_too_old internal',
      stale: 'overdue',
    })
  })
})

describe('errors', () => {
  it('carry what the collector needs, with null for what is not known', () => {
    const cause = new Error('socket')
    const error = new QuotaError({ code: 'network', message: 'No connection.', cause })
    expect(error).toMatchObject({
      name: 'QuotaError',
      status: 'unreachable',
      hint: null,
      retryAfterMs: null,
      model: null,
    })
    expect(error.cause).toBe(cause)
    expect('cause' in new QuotaError({ code: 'timeout', message: 'Too slow.' })).toBe(false)
  })

  it('give a command its exit code', () => {
    expect(new AppError(4, 'bad_argument', 'No.')).toMatchObject({ exitCode: 4, hint: null, name: 'AppError' })
  })
})
