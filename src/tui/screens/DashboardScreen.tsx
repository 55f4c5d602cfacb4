import { Box, useWindowSize } from 'ink'
import { useLayoutEffect } from 'react'
import { ScreenLine } from '../components/ScreenLine.tsx'
import type { Dashboard } from '../controller.ts'
import { useKeys } from '../hooks/use-keys.ts'
import { useLines } from '../hooks/use-lines.ts'

interface Props {
  readonly dashboard: Dashboard
}

/** The whole screen. It knows nothing of quotas: lines come in, keys go out. */
export function DashboardScreen({ dashboard }: Props) {
  const { columns, rows } = useWindowSize()
  useLayoutEffect(() => dashboard.resize(columns, rows), [dashboard, columns, rows])
  useKeys(dashboard)
  const lines = useLines(dashboard)
  return (
    <Box flexDirection="column" width={columns}>
      {lines.map((text, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a line of the screen is its place
        <ScreenLine key={index} text={text} />
      ))}
    </Box>
  )
}
