import type { Identity, Plan } from '../../model/reading.ts'
import type { Profile } from './schema.ts'

/** Words about one plan, from wherever they were read; null where nothing was said. */
export interface PlanWords {
  /** `max`, `pro`, `team`, `enterprise`: of the usage answer, else of the login file. */
  readonly subscription: string | null
  /** `default_claude_max_20x`. */
  readonly tier: string | null
  readonly profile: Profile | null
}

/**
 * The subscription names the plan and the tier only adds its size (`Max 20x`): Pro accounts carry tiers of other
 * plans.
 */
export function planOf({ subscription, tier, profile }: PlanWords): Plan | null {
  const organisation = profile?.organization ?? null
  const word = subscription ?? planWord(organisation?.organization_type) ?? ofFlags(profile) ?? planWord(tier) ?? null
  if (word === null) return null
  const size = /\d+x\b/.exec(organisation?.rate_limit_tier ?? tier ?? '')?.[0]
  const name = word.charAt(0).toUpperCase() + word.slice(1)
  return { id: word, name: word === 'max' && size !== undefined ? `${name} ${size}` : name }
}

/** The plan inside a longer word: `claude_max`, `default_claude_max_20x`, `claude_max_subscription_20x`. */
function planWord(text: string | null | undefined): string | null {
  return /(?:^|_)(max|pro|team|enterprise|free)(?:_|$)/.exec(text ?? '')?.[1] ?? null
}

function ofFlags(profile: Profile | null): string | null {
  if (profile?.account?.has_claude_max === true) return 'max'
  return profile?.account?.has_claude_pro === true ? 'pro' : null
}

/** Who the profile says the token belongs to: account and organisation, because one account can be in several. */
export function identityOf(profile: Profile): Identity {
  const { account, organization } = profile
  const email =
    account?.email ??
    account?.email_address ??
    account?.emailAddress ??
    profile.email ??
    profile.email_address ??
    profile.emailAddress
  return { subject: account?.uuid ?? null, workspace: organization?.uuid ?? null, email, login: null }
}
