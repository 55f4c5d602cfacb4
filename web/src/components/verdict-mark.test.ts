import { describe, expect, it } from 'vitest'
import { VerdictMark } from './verdict-mark.tsx'

describe('the mark of a verdict', () => {
  it('is made anew each time: an element that is kept holds every page it was ever part of', () => {
    for (const tone of ['fine', 'amber', 'red', 'grey'] as const) {
      const [one, other] = [VerdictMark({ tone }), VerdictMark({ tone })]
      expect(one.props.children).toBeTruthy()
      expect(one.props.children).not.toBe(other.props.children)
    }
  })
})
