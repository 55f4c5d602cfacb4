import { familyOf } from './pool.ts'

/** What is needed of an account (or its document) to tell which models it can run. */
export interface ModelLister {
  readonly provider: string
  readonly quotas: readonly { readonly id: string; readonly kind: string; readonly helper: boolean }[]
}

interface Family {
  readonly pattern: RegExp
  /** How people are told; null: by the models it lists once it has been read. */
  readonly shown: string | null
}

/** What a service is for while it names no models of its own; one that is not listed here is a gateway to any model. */
const SERVES: Readonly<Record<string, Family>> = {
  antigravity: { pattern: /^(claude|gemini|gpt)/i, shown: null },
  claude: { pattern: /^claude/i, shown: 'claude-…' },
  codex: { pattern: /^(gpt|codex|o\d)/i, shown: 'gpt-…' },
  'gemini-cli': { pattern: /^gemini/i, shown: 'gemini-…' },
}

/** Families that gateways pass on. What they call otherwise is written `vendor/model`. */
const PASSED_ON =
  /^(claude|codestral|codex|command|deepseek|devstral|gemini|gemma|glm|gpt|grok|hermes|kimi|llama|magistral|minimax|ministral|mistral|mixtral|o\d|phi|qwen|qwq|sonar)|\//i

/** Model ids may carry what is counted behind a colon (`gemini-2.5-pro:TOKENS`). */
export function isModel(quotaId: string, model: string): boolean {
  return quotaId === model || quotaId.startsWith(`${model}:`)
}

/** Services that list their models serve those; the others serve the models of their own family. */
export function mayServe(lister: ModelLister, model: string): boolean {
  const models = modelsOf(lister)
  if (models.length > 0) return models.some((id) => isModel(id, model))
  return SERVES[lister.provider]?.pattern.test(model) ?? true
}

/** A service that says nothing about its models, and may have any. */
export function isGateway(lister: ModelLister): boolean {
  return SERVES[lister.provider] === undefined && modelsOf(lister).length === 0
}

/**
 * Whether an account has anything to do with a model of this name, so that it is no mistake: it lists the model, or
 * (Antigravity) one of its family, or is a service for models that are called so.
 */
export function knowsModel(lister: ModelLister, model: string): boolean {
  if (isGateway(lister)) return PASSED_ON.test(model)
  const models = modelsOf(lister)
  if (lister.provider === 'antigravity' && models.length > 0)
    return models.some((id) => familyOf(id) === familyOf(model))
  return mayServe(lister, model)
}

/** The models of some accounts, in the order of the alphabet; `claude-…` for a service that lists none. */
export function modelNames(listers: readonly ModelLister[]): readonly string[] {
  const names = listers.flatMap((lister) => {
    const models = lister.quotas.filter((quota) => quota.kind === 'model' && !quota.helper).map((quota) => quota.id)
    return models.length > 0 ? models.map((id) => id.replace(/:[^:]*$/, '')) : (SERVES[lister.provider]?.shown ?? [])
  })
  return [...new Set(names)].sort()
}

function modelsOf({ quotas }: ModelLister): readonly string[] {
  return quotas.filter((quota) => quota.kind === 'model').map((quota) => quota.id)
}
