import { providerTitle } from '../../../src/format/provider-names.ts'
import { type AccountDocument, type WindowGroup, windowGroups } from '../../../src/model/index.ts'
import type { Words } from '../words/words.ts'

const UNITS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const

/** The name of a group in the address: `all:18000`, `codex:604800`, `copilot:-`. */
export function groupKey({ provider, windowSeconds }: WindowGroup): string {
  return `${provider ?? 'all'}:${windowSeconds ?? '-'}`
}

/** Groups that say more than one quota does; a service that is all there is says no more than all do. */
export function groupsOf(accounts: readonly AccountDocument[]): readonly WindowGroup[] {
  const groups = windowGroups(accounts).filter(({ members }) => members.length > 1)
  const everywhere = groups.filter(({ provider }) => provider === null)
  return groups.filter(
    ({ provider, windowSeconds, members }) =>
      provider === null ||
      !everywhere.some((all) => all.windowSeconds === windowSeconds && all.members.length === members.length),
  )
}

/** `windows of 5 hours`; some services tell no length. */
export function windowName({ windowSeconds }: Pick<WindowGroup, 'windowSeconds'>, words: Words): string {
  if (windowSeconds === null) return words.t('analytics.windowPlain')
  const [unit, seconds] = UNITS.find(([, length]) => windowSeconds % length === 0) ?? ['second', 1]
  const format = new Intl.NumberFormat(words.locale, { style: 'unit', unit, unitDisplay: 'long' })
  return words.t('analytics.windowOf', format.format(windowSeconds / seconds))
}

/** `All accounts: windows of 5 hours` */
export function groupTitle(group: WindowGroup, words: Words): string {
  const whose = group.provider === null ? words.t('analytics.all') : providerTitle(group.provider)
  return `${whose}: ${windowName(group, words)}`
}

/** `0.42 windows`; less than a hundredth is not nothing. */
export function windowsText(windows: number | null, words: Words): string {
  if (windows === null) return '–'
  const format = new Intl.NumberFormat(words.locale, { maximumFractionDigits: 2 })
  const number = windows > 0 && windows < 0.01 ? `<${format.format(0.01)}` : format.format(windows)
  return words.t('analytics.windows', number)
}
