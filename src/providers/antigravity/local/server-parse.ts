import { isHelperModel } from '../../../model/pool.ts'
import { makeQuota, type Quota, ratiosFromRemaining } from '../../../model/quota.ts'
import { type Plan, type Reading, UNKNOWN_IDENTITY } from '../../../model/reading.ts'
import { type EpochMs, fromAnyInstant } from '../../../model/time.ts'
import { readFraction } from '../../shared/fraction.ts'
import { corruptNote } from '../../shared/notes.ts'
import { providerPoolOf } from '../models.ts'
import { parseSummary } from '../summary.ts'
import { modelIds } from './labels.ts'
import { type ModelConfig, ModelConfigs, UserStatus } from './schema.ts'
import type { ServerAnswers } from './server.ts'

/** What a language server's answers mean. */
export interface ServerFacts {
  /** Null: it does not say whose quota this is. */
  readonly email: string | null
  readonly plan: Plan | null
  readonly quotas: readonly Quota[]
  readonly dropped: number
}

type Known = readonly Pick<Quota, 'id' | 'label'>[]

/** Reads the answers; parts that are missing or no such answer count as nothing said. */
export function understandServer(answers: ServerAnswers, at: EpochMs, known: Known = []): ServerFacts {
  const status = isError(answers.userStatus) ? null : UserStatus.safeParse(field(answers.userStatus, 'userStatus'))
  const data = status?.success === true ? status.data : null
  const list = data?.cascadeModelConfigData?.clientModelConfigs ?? field(answers.modelConfigs, 'clientModelConfigs')
  const configs = ModelConfigs.parse(list)
  const models = configs.items.filter((config): config is ModelConfig => 'label' in config)
  const summary = answers.summary === null ? null : parseSummary(answers.summary, at)
  return {
    email: data?.email ?? null,
    plan: data?.userTier ?? null,
    quotas: [...modelQuotas(models, known), ...(summary?.windows ?? [])],
    dropped: configs.dropped + (summary?.dropped ?? 0),
  }
}

export function serverReading({ email, plan, quotas, dropped }: ServerFacts): Reading {
  return {
    identity: { ...UNKNOWN_IDENTITY, email },
    plan,
    quotas,
    notes: corruptNote(dropped),
    observedAt: null,
    via: 'Antigravity language server',
  }
}

function modelQuotas(models: readonly ModelConfig[], known: Known): readonly Quota[] {
  const ids = modelIds(
    models.map(({ label }) => label),
    known,
  )
  return models.map(({ label, quotaInfo }, index) => {
    const id = ids[index] ?? label
    const fraction = readFraction(quotaInfo.remainingFraction)
    return makeQuota({
      id,
      label,
      kind: 'model',
      ...ratiosFromRemaining(fraction.state === 'known' ? fraction.value : null),
      resetsAt: fromAnyInstant(quotaInfo.resetTime),
      providerPool: providerPoolOf(id),
      helper: isHelperModel(id),
    })
  })
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined
}

/** An error may come with HTTP 200: any `code` but 0 and its words. */
function isError(value: unknown): boolean {
  const code = field(value, 'code')
  if (code === undefined || code === null) return false
  return typeof code === 'string' ? !/^(0|ok|success)$/i.test(code) : code !== 0
}
