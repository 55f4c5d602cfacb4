import type { JSX } from 'preact'
import { percentText } from '../../../src/format/percent.ts'
import { type CycleDocument, epochMs, fromIso } from '../../../src/model/index.ts'
import { useApp } from '../app-context.ts'
import { useStore } from '../state/store.ts'
import type { Words } from '../words/words.ts'

export const MOST_BEATS = 60
/** A strip too short for its legend between the ends. */
const FEW_BEATS = 20

/** One beat a cycle, oldest first: its height is its peak, a notch marks the wall. */
export function CycleStrip({ cycles }: { readonly cycles: readonly CycleDocument[] }): JSX.Element {
  const words = useStore(useApp().words)
  const shown = cycles.slice(0, MOST_BEATS).reverse()
  const date = new Intl.DateTimeFormat(words.locale, { day: 'numeric', month: 'short' })
  const [first] = shown
  return (
    <div
      class={`strip ${shown.length < FEW_BEATS ? 'few' : ''}`}
      style={{ maxInlineSize: `max(20rem, ${shown.length * 2.5}rem)` }}
    >
      <ol class="cycles">
        {shown.map((cycle) => (
          <Beat key={cycle.startedAt} cycle={cycle} words={words} />
        ))}
      </ol>
      <p class="strip-ends soft small" aria-hidden="true">
        <span>{first === undefined ? '' : date.format(Date.parse(first.startedAt))}</span>
        <span>{words.t('account.cycleLegend')}</span>
        <span>{words.t('account.cycleNow')}</span>
      </p>
    </div>
  )
}

function Beat({ cycle, words }: { readonly cycle: CycleDocument; readonly words: Words }): JSX.Element {
  const peak = cycle.peakUsedRatio
  const hitWall = cycle.exhaustedSeconds > 0 || (peak ?? 0) >= 1
  const tone = peak === null ? 'grey' : hitWall ? 'red' : peak >= 0.9 ? 'amber' : 'fine'
  const text = describe(cycle, hitWall, words)
  return (
    <li class={`beat ${cycle.endedAt === null ? 'now' : ''}`} title={text}>
      <span class={`beat-fill ${tone}`} style={{ blockSize: `${Math.min(1, Math.max(0.04, peak ?? 0.04)) * 100}%` }} />
      {hitWall ? <span class="beat-wall" /> : null}
      <span class="hidden">{text}</span>
    </li>
  )
}

function describe(cycle: CycleDocument, hitWall: boolean, words: Words): string {
  const now = epochMs(Date.parse(cycle.endedAt ?? cycle.startedAt))
  const instant = (iso: string | null): string => {
    const at = fromIso(iso)
    return at === null ? words.t('account.cycleNow') : words.instant(at, now)
  }
  const parts = [
    words.t('account.cycleBeat', instant(cycle.startedAt), instant(cycle.endedAt), percentText(cycle.peakUsedRatio)),
  ]
  if (hitWall) parts.push(words.t('account.cycleWall', words.duration(cycle.exhaustedSeconds * 1000)))
  if (cycle.endedAt !== null && cycle.endUsedRatio !== null && cycle.endUsedRatio < 1) {
    parts.push(words.t('account.cycleWasted', percentText(1 - cycle.endUsedRatio)))
  }
  return parts.join(', ')
}
