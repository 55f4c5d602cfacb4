import * as z from 'zod'
import type { Plan } from '../../model/reading.ts'
import { saysRetired } from './google-refusal.ts'
import { decimal, lenientArray, openEnum, optional, text } from './lenient.ts'

/** A Google Cloud project id as it may be sent back in a request. */
const projectId = z.string().regex(/^[\w.:-]{1,128}$/)

const Tier = z.object({ id: optional(openEnum), name: optional(text()) })
const Credit = z.object({ creditType: optional(openEnum), creditAmount: decimal })
const PaidTier = Tier.extend({ availableCredits: lenientArray(Credit) })
const Ineligible = z.object({ reasonCode: optional(openEnum), reasonMessage: optional(z.string()) })

/** The answer of `loadCodeAssist`, only what is used. The project is a text or an object, depending on the account. */
const CodeAssist = z.object({
  cloudaicompanionProject: optional(
    z.union([projectId, z.object({ id: projectId }), z.object({ projectId: projectId })]),
  ),
  currentTier: optional(Tier),
  paidTier: optional(PaidTier),
  ineligibleTiers: lenientArray(Ineligible),
})

export interface CodeAssistFacts {
  /** The paid tier, else the current one; null when neither has an id. Paid accounts have `free-tier` as current one. */
  readonly plan: Plan | null
  readonly project: string | null
  /** AI credits that are left, as the first amount of the paid tier says. Null: none reported. */
  readonly credits: number | null
  /** The answer says that this kind of account has to use Antigravity. */
  readonly isRetired: boolean
  /** Parts that could not be read. */
  readonly dropped: number
}

/** Reads the answer of `loadCodeAssist`; an answer of any other form says nothing, which is never a failure. */
export function readCodeAssist(json: unknown): CodeAssistFacts {
  const parsed = CodeAssist.safeParse(json)
  if (!parsed.success) return { plan: null, project: null, credits: null, isRetired: false, dropped: 1 }
  const { currentTier, paidTier, ineligibleTiers, cloudaicompanionProject: project } = parsed.data
  const tier = paidTier?.id ? paidTier : currentTier
  return {
    plan: tier?.id ? { id: tier.id, name: tier.name } : null,
    project: typeof project === 'string' ? project : projectOf(project),
    credits: creditsOf(paidTier?.availableCredits.items ?? []),
    isRetired: ineligibleTiers.items.some((one) => saysRetired(`${one.reasonCode ?? ''} ${one.reasonMessage ?? ''}`)),
    dropped: ineligibleTiers.dropped + (paidTier?.availableCredits.dropped ?? 0),
  }
}

function projectOf(project: { id: string } | { projectId: string } | null): string | null {
  if (project === null) return null
  return 'id' in project ? project.id : project.projectId
}

function creditsOf(credits: readonly z.output<typeof Credit>[]): number | null {
  const own = credits.find((credit) => credit.creditType === 'GOOGLE_ONE_AI') ?? credits[0]
  return own?.creditAmount ?? null
}

/** Body of `loadCodeAssist`. Without a project it is not named at all. */
export function codeAssistBody(ideType: string, project: string | null): Readonly<Record<string, unknown>> {
  const metadata = { ideType, platform: 'PLATFORM_UNSPECIFIED', pluginType: 'GEMINI' }
  return project === null ? { metadata } : { metadata: { ...metadata, duetProject: project } }
}
