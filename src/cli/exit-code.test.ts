import { describe, expect, it } from 'vitest'
import type { Status } from '../model/problem.ts'
import { exitCodeOf, exitCodeOfProblems } from './exit-code.ts'

describe('exitCodeOf', () => {
  it.each<[readonly Status[], number]>([
    [[], 0],
    [['ok'], 0],
    [['stale'], 0],
    [['ok', 'auth_required', 'unreachable'], 0],
    [['auth_required'], 2],
    [['forbidden'], 2],
    [['auth_required', 'forbidden'], 2],
    [['auth_required', 'rate_limited'], 3],
    [['rate_limited'], 3],
    [['unreachable'], 3],
    [['bad_response'], 3],
    [['not_entitled'], 3],
    [['disabled'], 0],
    [['pending'], 0],
    [['pending', 'disabled'], 0],
    [['disabled', 'auth_required'], 2],
    [['pending', 'unreachable'], 3],
  ])('%j exits %d', (statuses, code) => {
    expect(exitCodeOf(statuses)).toBe(code)
  })
})

describe('exitCodeOfProblems', () => {
  it.each<[readonly (string | null)[], number]>([
    [[null], 0],
    [['timeout', null], 0],
    [['credential_expired', 'verification_required'], 2],
    [['credential_expired', 'timeout'], 3],
    [['never_heard_of'], 3],
  ])('%j exits %d', (codes, code) => {
    expect(exitCodeOfProblems(codes)).toBe(code)
  })
})
