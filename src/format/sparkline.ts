const BLOCKS = '▁▂▃▄▅▆▇█'

/**
 * One character a value, lowest to highest over 0..1; a gap for what is not known. More values than `width` are
 * joined: the highest of each stretch stays, because a wall that was hit must be seen.
 */
export function sparkline(ratios: readonly (number | null)[], width: number): string {
  const count = Math.min(width, ratios.length)
  let line = ''
  for (let cell = 0; cell < count; cell += 1) {
    const stretch = ratios.slice(
      Math.floor((cell * ratios.length) / count),
      Math.floor(((cell + 1) * ratios.length) / count),
    )
    const known = stretch.filter((ratio) => ratio !== null)
    line += known.length === 0 ? ' ' : block(Math.max(...known))
  }
  return line
}

function block(ratio: number): string {
  const index = Math.min(BLOCKS.length - 1, Math.max(0, Math.floor(ratio * BLOCKS.length)))
  return BLOCKS[index] ?? ' '
}
