import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { QuotaError } from '../../model/problem.ts'
import type { HttpReply } from '../../model/provider.ts'
import { FAKE_NOW } from '../testing.ts'
import { expectJson, type ReplyContext } from './json.ts'
import { parseJson } from './parse-json.ts'

const CONTEXT: ReplyContext = { title: 'Example', endpoint: 'usage', signInHint: 'example login' }

function reply(changes: Partial<HttpReply>): HttpReply {
  return {
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: '{"a":1}',
    host: 'example.com',
    at: FAKE_NOW,
    ...changes,
  }
}

function failure(changes: Partial<HttpReply>, context = CONTEXT): QuotaError {
  try {
    expectJson(reply(changes), context)
  } catch (error) {
    if (error instanceof QuotaError) return error
    throw error
  }
  throw new Error('was read although it should not be')
}

describe('expectJson', () => {
  it('gives the object or list of a good answer, whatever its content type', () => {
    expect(expectJson(reply({}), CONTEXT)).toEqual({ a: 1 })
    expect(expectJson(reply({ body: '\uFEFF [1]' }), CONTEXT)).toEqual([1])
    expect(expectJson(reply({ headers: { 'content-type': 'text/plain' } }), CONTEXT)).toEqual({ a: 1 })
    expect(expectJson(reply({ headers: {}, status: 201 }), CONTEXT)).toEqual({ a: 1 })
  })

  it.each([
    ['', 'an empty answer'],
    ['  \n', 'an empty answer'],
    ['{}', 'an empty answer'],
    ['[]', 'an empty answer'],
    ['<!doctype html><p>Sign in', 'a web page'],
    ['\uFEFF<html>', 'a web page'],
    ['null', 'a bare value'],
    ['"ok"', 'a bare value'],
    ['ok', 'not JSON'],
    ['{"a":1}}', 'not JSON'],
    ["{'a':1}", 'not JSON'],
    ['{"a":NaN}', 'not JSON'],
  ])('takes %j for an unexpected answer', (body, words) => {
    const error = failure({ body })
    expect(error).toMatchObject({ code: 'unexpected_response', httpStatus: 200, endpoint: 'usage' })
    expect(error.message).toContain(words)
  })

  it('lets an empty answer pass where it is a good one', () => {
    expect(expectJson(reply({ body: '{}' }), { ...CONTEXT, allowEmpty: true })).toEqual({})
  })

  it('calls an answer that was cut anywhere truncated', () => {
    const whole = JSON.stringify({ groups: [{ name: 'a "quoted" \\ name', buckets: [{ n: 0.5, ok: true }] }], code: 0 })
    for (let end = 1; end < whole.length; end++) {
      expect(failure({ body: whole.slice(0, end) }).code, whole.slice(0, end)).toBe('truncated')
    }
    expect(expectJson(reply({ body: whole }), CONTEXT)).toEqual(JSON.parse(whole))
  })

  it('refuses what is nested deeper than 64 levels, without running out of stack', () => {
    const nested = (depth: number) => `${'['.repeat(depth)}1${']'.repeat(depth)}`
    expect(expectJson(reply({ body: nested(64) }), CONTEXT)).toBeTruthy()
    expect(failure({ body: nested(65) }).code).toBe('unexpected_response')
    expect(failure({ body: nested(500_000) }).code).toBe('unexpected_response')
  })

  it('drops __proto__ keys at every level, also in disguise', () => {
    const value = expectJson(
      reply({ body: '{"__proto__":{"x":1},"a":[{"\\u005f_proto__":{"x":1},"b":2}],"constructor":3}' }),
      CONTEXT,
    )
    expect(value).toEqual({ a: [{ b: 2 }], constructor: 3 })
    expect(JSON.stringify(value)).not.toContain('__proto__')
    expect(({} as Record<string, unknown>)['x']).toBeUndefined()
  })

  it('never throws anything but QuotaError, and never repeats the body', () => {
    const secret = 'zq7-canary'
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 100, max: 599 }), (noise, status) => {
        const body = `${noise}${secret}`
        const error = failureOrNull({ body, status })
        if (error === null) return
        expect(error).toBeInstanceOf(QuotaError)
        expect(`${String(error)} ${(error as QuotaError).hint}`).not.toContain(secret)
      }),
      { seed: 11, numRuns: 500 },
    )
  })
})

function failureOrNull(changes: Partial<HttpReply>): unknown {
  try {
    expectJson(reply(changes), CONTEXT)
    return null
  } catch (error) {
    return error
  }
}

describe('parseJson', () => {
  it('reads whatever JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.oneof(fc.dictionary(fc.string(), fc.jsonValue()), fc.array(fc.jsonValue())), (value) => {
        const parsed = parseJson(JSON.stringify(value))
        const clean = JSON.stringify(value).includes('__proto__')
        if (!clean) expect(parsed).toEqual({ state: 'ok', value: JSON.parse(JSON.stringify(value)) })
      }),
      { seed: 12, numRuns: 500 },
    )
  })
})

describe('a refusal', () => {
  const page = '<html>challenge</html>'
  it.each([
    [301, '', 'unexpected_response'],
    [400, '{}', 'rejected'],
    [401, '{}', 'credential_expired'],
    [401, page, 'credential_expired'],
    [403, '{}', 'forbidden'],
    [403, page, 'blocked_by_gateway'],
    [404, page, 'endpoint_gone'],
    [407, page, 'blocked_by_gateway'],
    [408, '', 'timeout'],
    [410, '{}', 'endpoint_gone'],
    [422, '{}', 'rejected'],
    [429, '{}', 'rate_limited'],
    [429, page, 'blocked_by_gateway'],
    [500, '{}', 'upstream_unavailable'],
    [529, page, 'upstream_unavailable'],
  ])('of %d with %j is %s', (status, body, code) => {
    expect(failure({ status, body, headers: {} })).toMatchObject({ code, httpStatus: status, endpoint: 'usage' })
  })

  it('knows a web page by its content type too, unless it is JSON after all', () => {
    const headers = { 'content-type': 'text/html; charset=utf-8' }
    expect(failure({ status: 403, body: 'Access denied', headers }).code).toBe('blocked_by_gateway')
    expect(failure({ status: 403, body: '{"error":1}', headers }).code).toBe('forbidden')
  })

  it('names the command that signs in again', () => {
    expect(failure({ status: 401 }).hint).toBe('Sign in again: example login')
    expect(failure({ status: 401 }, { title: 'Example', endpoint: 'usage' }).hint).toBe('Sign in again.')
  })

  it('carries the wait that was asked for, from header or body', () => {
    expect(failure({ status: 429, headers: { 'retry-after': '30' } }).retryAfterMs).toBe(30_000)
    expect(failure({ status: 503, body: '{"resets_in_seconds":9}' }).retryAfterMs).toBe(9000)
    expect(failure({ status: 429, headers: { 'retry-after': '0' } }).retryAfterMs).toBeNull()
  })

  it('names the one model that a 429 is about', () => {
    const body = JSON.stringify({ error: { details: [{ metadata: { model: 'claude-x', quotaResetDelay: '1h' } }] } })
    expect(failure({ status: 429, body })).toMatchObject({ code: 'rate_limited', model: 'claude-x' })
    expect(failure({ status: 503, body }).model).toBeNull()
    expect(failure({ status: 429 }).model).toBeNull()
  })

  it("lets the provider's own words refine it, but not those of a web page", () => {
    const refine: ReplyContext['refine'] = ({ json }) =>
      json === null ? null : { code: 'scope_missing', message: 'The key may not do that.' }
    const context = { ...CONTEXT, refine }
    expect(failure({ status: 403, body: '{"a":1}' }, context)).toMatchObject({ code: 'scope_missing', hint: null })
    expect(failure({ status: 403, body: page }, context).code).toBe('blocked_by_gateway')
    expect(failure({ status: 403, body: 'plain words' }, context).code).toBe('forbidden')
  })
})
