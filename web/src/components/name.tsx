import { h, type JSX } from 'preact'
import { clean } from '../../../src/format/clean.ts'

/** Where a long name may go on in the next line: after what separates its parts, not within a word or a domain. */
const PARTS = /(?<=[_+@/-]|(?<!@.*)\.)(?=[^._+@/-])/

/** A name from outside, such as an e-mail address, that breaks where people would break it. */
export function Name({ text }: { readonly text: string }): JSX.Element {
  const [first = '', ...rest] = clean(text).split(PARTS)
  return (
    <span dir="auto">
      {first}
      {rest.flatMap((part) => [h('wbr', null), part])}
    </span>
  )
}
