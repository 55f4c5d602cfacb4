import { AppError } from '../model/app.ts'
import type { AccountDocument } from '../model/document.ts'
import type { PastQuery } from '../model/past-document.ts'
import { type EpochMs, fromIso } from '../model/time.ts'
import type { CommandContext, OptionSpec } from './command.ts'
import { parseDuration } from './parse.ts'
import { findAccount } from './pick.ts'

export const QUOTA_OPTION: OptionSpec = { flags: '--quota <id>', description: 'only this quota, by id' }
export const SINCE_OPTION: OptionSpec = { flags: '--since <when>', description: 'from when: 24h, 7d, 2026-11-01' }
export const UNTIL_OPTION: OptionSpec = { flags: '--until <when>', description: 'up to when (default: now)' }

/** The range and quota of the options, checked. Throws AppError 4 for a `when` that is none. */
export function pastQuery({ options }: CommandContext, defaults: PastQuery = {}): PastQuery {
  return {
    ...defaults,
    quota: options.text('quota') ?? defaults.quota,
    since: when(options.text('since'), '--since') ?? defaults.since,
    until: when(options.text('until'), '--until') ?? defaults.until,
  }
}

function when(text: string | null, option: string): string | undefined {
  if (text === null) return undefined
  const at: EpochMs | null = fromIso(text)
  if (at !== null) return text
  try {
    parseDuration(text, option)
    return text
  } catch {
    throw new AppError(
      4,
      'bad_argument',
      `${option}: "${text}" is neither an age nor a date.`,
      'Write it like 24h, 7d or 2026-11-01.',
    )
  }
}

/** The account that the argument names; asks no service. Throws AppError 4. */
export async function accountNamed(context: CommandContext, wanted: string): Promise<AccountDocument> {
  const app = await context.app()
  const { document } = await app.snapshot({ mode: 'fresh', accounts: [] })
  return findAccount(document.accounts, wanted)
}
