import { ageText } from '../format/age.ts'
import { countdown } from '../format/countdown.ts'
import { accountTitle, headline } from '../format/headline.ts'
import { instantText } from '../format/instant.ts'
import { leftText } from '../format/percent.ts'
import { problemSentence, quotaStatus } from '../format/status-words.ts'
import type { PageWords } from '../server/deps.ts'

/** The texts of the built-in page, in the zone of this machine. */
export function pageWords(zone: string | null): PageWords {
  const instant = instantText(zone)
  return {
    headline: (document, best, now) => headline({ document, best, now, instant }),
    accountTitle,
    age: ageText,
    problem: (account, now) => problemSentence(account, now, instant),
    quotaStatus: (quota, isStale) => {
      const { value, word, tone } = quotaStatus(quota, isStale)
      return { value, word, tone }
    },
    left: leftText,
    countdown,
  }
}
