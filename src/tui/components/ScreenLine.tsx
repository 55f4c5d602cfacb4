import { Text } from 'ink'
import { memo } from 'react'

interface Props {
  /** Made to measure and coloured already. */
  readonly text: string
}

/** One line of the screen; drawn again only when it is different. */
export const ScreenLine = memo(function ScreenLine({ text }: Props) {
  return <Text wrap="truncate">{text}</Text>
})
