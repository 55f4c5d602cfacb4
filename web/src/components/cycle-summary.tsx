import type { ComponentChildren, JSX } from 'preact'
import { percentText } from '../../../src/format/percent.ts'
import { type CycleDocument, planFits, smallestFit, summarizeCycles } from '../../../src/model/index.ts'
import { useApp } from '../app-context.ts'
import { useStore } from '../state/store.ts'
import { pastCycles } from '../view/usage.ts'
import type { Words } from '../words/words.ts'
import { CycleStrip } from './cycle-strip.tsx'

/** Sizes that plans usually differ by. */
const PLANS = [0.25, 0.5, 1, 2, 4].map((times) => ({ plan: String(times), times }))
const MOST_TIMES = 0.9

/** How past cycles ended, and which size of plan would have covered them. */
export function CycleSummaryTiles({ cycles }: { readonly cycles: readonly CycleDocument[] }): JSX.Element {
  const words = useStore(useApp().words)
  const past = pastCycles(cycles)
  const summary = summarizeCycles(past)
  return (
    <section>
      <h2>{words.t('analytics.cycles')}</h2>
      <p class="soft small">{words.t('analytics.cyclesHint')}</p>
      {summary === null ? (
        <p class="soft">{words.t('account.cyclesNone')}</p>
      ) : (
        <>
          <div class="tiles">
            <Tile value={percentText(summary.wastedRatio)}>{words.t('analytics.wasted')}</Tile>
            <Tile value={words.t('analytics.hitOf', Math.round(summary.wallRatio * summary.cycles), summary.cycles)}>
              {words.t('analytics.hit')}
            </Tile>
            <Tile
              value={summary.meanExhaustedSeconds === null ? '–' : words.duration(summary.meanExhaustedSeconds * 1000)}
            >
              {words.t('analytics.wall')}
            </Tile>
            <Tile value={percentText(summary.meanPeakRatio)}>{words.t('analytics.peak')}</Tile>
          </div>
          <CycleStrip cycles={cycles} />
          <p class="fit">{fitText(past, summary.wallRatio, words)}</p>
        </>
      )}
    </section>
  )
}

function Tile({ value, children }: { readonly value: string; readonly children: ComponentChildren }): JSX.Element {
  return (
    <div class="tile">
      <strong>{value}</strong>
      <span class="soft small">{children}</span>
    </div>
  )
}

function fitText(past: ReturnType<typeof pastCycles>, wallRatio: number, words: Words): string {
  const fit = smallestFit(planFits(past, PLANS) ?? [], MOST_TIMES)
  if (fit === null || fit.times > 1) return words.t('analytics.fitBigger', percentText(wallRatio))
  if (fit.times < 1) return words.t('analytics.fitSmaller', percentText(fit.times))
  return words.t('analytics.fitRight')
}
