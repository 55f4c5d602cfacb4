import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createEventParser, type ServerEvent } from './sse.ts'

function parse(pieces: readonly string[]): ServerEvent[] {
  const events: ServerEvent[] = []
  const feed = createEventParser((event) => events.push(event))
  for (const piece of pieces) feed(piece)
  return events
}

describe('the event parser', () => {
  const stream =
    ': ping\nevent: snapshot\nid: a-1\ndata: {"x":\ndata:  1}\n\n:\r\nevent: account\r\ndata: é😀\r\n\r\ndata\n\nid: b\rdata: c\r\rdata: cut'
  const expected: ServerEvent[] = [
    { event: 'snapshot', id: 'a-1', data: '{"x":\n 1}' },
    { event: 'account', id: 'a-1', data: 'é😀' },
    { event: 'message', id: 'a-1', data: '' },
    { event: 'message', id: 'b', data: 'c' },
  ]

  it('reads comments, several data lines, every line end, and drops what the end cuts off', () => {
    expect(parse([stream])).toEqual(expected)
  })

  it('does not care where the pieces are cut', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: stream.length }), { maxLength: 12 }), (cuts) => {
        const edges = [0, ...cuts.sort((a, b) => a - b), stream.length]
        expect(parse(edges.slice(1).map((end, index) => stream.slice(edges[index], end)))).toEqual(expected)
      }),
    )
  })

  it('ignores an id with a NUL and an event without data', () => {
    expect(parse(['id: a\0b\ndata: x\n\nevent: nothing\n\n'])).toEqual([{ event: 'message', id: null, data: 'x' }])
  })
})
