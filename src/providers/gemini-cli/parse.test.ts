import { describe, expect, it } from 'vitest'
import { epochMs } from '../../model/time.ts'
import { parseBuckets } from './parse.ts'

describe('parseBuckets', () => {
  it('never leaves a model without a label, however odd its id (found by a million damaged answers)', () => {
    const bucket = { tokenType: null, share: 0.3, inferred: false, resetsAt: null, amount: null }
    const [quota] = parseBuckets([{ ...bucket, modelId: '-' }], epochMs(Date.UTC(2026, 10, 22)))
    expect(quota).toMatchObject({ id: '-', label: '-' })
  })
})
