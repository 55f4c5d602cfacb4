import { percentText } from '../../format/percent.ts'
import { BLANK, dim, type Line, type Span } from '../line.ts'

const HEIGHTS = '▁▂▃▄▅▆▇'
/** As in model/analytics: float noise is no unused share. */
const WALL = 1 - 1e-9
/** Fewer than this are no pattern. */
const FEWEST = 3

/**
 * Every window that has ended, a beat each: as high as the most that was used, `×` where its wall was hit. Nothing
 * where there are too few.
 */
export function pastWindowLines(peaks: readonly (number | null)[], width: number): readonly Line[] {
  const known = peaks.filter((peak) => peak !== null)
  if (known.length < FEWEST) return []
  const room = Math.floor((width - 5) / 2)
  const beats = peaks.slice(-room).map(beat)
  const walls = known.filter((peak) => peak >= WALL).length
  const mean = known.reduce((sum, peak) => sum + Math.min(1, peak), 0) / known.length
  const hit = walls === 0 ? 'none hit its limit' : `${walls} hit ${walls === 1 ? 'its' : 'their'} limit`
  return [
    BLANK,
    [
      { text: 'Past windows', bold: true },
      dim(`  most used in each, the newest last · ${percentText(mean)} used on average · ${hit}`),
    ],
    [dim('     '), ...beats],
  ]
}

function beat(peak: number | null): Span {
  if (peak === null) return dim('· ')
  if (peak >= WALL) return { text: '× ', tone: 'red', bold: true }
  const index = Math.min(HEIGHTS.length - 1, Math.max(0, Math.floor(peak * HEIGHTS.length)))
  return { text: `${HEIGHTS[index] ?? '·'} `, tone: 'accent' }
}
