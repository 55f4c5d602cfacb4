import { ageText } from '../../../src/format/age.ts'
import { amountsOf } from '../../../src/format/amount.ts'
import { countdown, durationText } from '../../../src/format/countdown.ts'
import { headline } from '../../../src/format/headline.ts'
import { instantText } from '../../../src/format/instant.ts'
import { paceText } from '../../../src/format/pace.ts'
import { leftText, usedText } from '../../../src/format/percent.ts'
import { problemSentence, statusWord } from '../../../src/format/status-words.ts'
import { verdictText, verdictWord } from '../../../src/format/verdict-words.ts'
import type {
  AccountDocument,
  AccountsDocument,
  BestDocument,
  EpochMs,
  QuotaDocument,
  QuotaVerdict,
} from '../../../src/model/index.ts'

/** What is said about numbers and instants; times are in the reader's zone. */
export interface Sentences {
  headline(document: AccountsDocument, best: BestDocument, now: EpochMs): string
  /** `72% left` */
  left(ratio: number | null): string
  /** `28% used` */
  used(ratio: number | null): string
  /** What the service counted; null where it reports shares only. */
  amounts(quota: QuotaDocument): string | null
  /** `as of 3 min ago` */
  age(observedAt: EpochMs | null, now: EpochMs): string
  /** `in 3h 45m` */
  countdown(at: EpochMs | null, now: EpochMs): string
  duration(ms: number): string
  /** `14:00`, `Fri 09:00`, `3 Dec 09:00` */
  instant(at: EpochMs, now: EpochMs): string
  /** `Runs out Thu 14:00, 2h 0m before reset` */
  verdict(quota: QuotaDocument, now: EpochMs, isStale: boolean): string
  /** `runs out first` */
  verdictWord(verdict: QuotaVerdict): string
  /** `8% in deficit`; empty while there is nothing to say. */
  pace(quota: QuotaDocument): string
  status(account: AccountDocument): string
  /** What is wrong and what to do; null when nothing is. */
  problem(account: AccountDocument, now: EpochMs): string | null
}

/** English, said by the same functions as on every other surface. */
export function englishSentences(): Sentences {
  const instant = instantText(null)
  return {
    headline: (document, best, now) => headline({ document, best, now, instant }),
    left: leftText,
    used: usedText,
    amounts: amountsOf,
    age: ageText,
    countdown,
    duration: durationText,
    instant,
    verdict: (quota, now, isStale) => verdictText(quota, now, isStale, instant),
    verdictWord,
    pace: (quota) => paceText(quota),
    status: (account) => sentenceCase(statusWord(account.status)),
    problem: (account, now) => problemSentence(account, now, instant),
  }
}

/** `SIGNED OUT` is for a table of capitals; a page says `Signed out`. */
function sentenceCase(word: string): string {
  return `${word.slice(0, 1)}${word.slice(1).toLowerCase()}`
}
