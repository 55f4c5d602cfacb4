import type { Quota } from '../../../model/quota.ts'
import { slug } from '../../../model/slug.ts'

type Known = readonly Pick<Quota, 'id' | 'label'>[]

/** Ids that the service's model list has been seen with (2026): local sources give display names alone. */
const SEEN_IDS: readonly string[] = [
  'claude-sonnet-4-5',
  'claude-sonnet-4-5-thinking',
  'claude-sonnet-4-6',
  'claude-opus-4-5-thinking',
  'claude-opus-4-6-thinking',
  'gemini-2.5-pro',
  'gemini-2.5-flash',
  'gemini-2.5-flash-lite',
  'gemini-2.5-flash-thinking',
  'gemini-3-flash',
  'gemini-3-pro-high',
  'gemini-3-pro-low',
  'gemini-3-pro-image',
  'gemini-3.1-pro-high',
  'gemini-3.1-pro-low',
  'gpt-oss-120b-medium',
]

/** Names that say more than the id does. */
const SEEN_NAMES: Readonly<Record<string, string>> = { 'claude-sonnet-4-6-thinking': 'claude-sonnet-4-6' }

/**
 * The model id of each label: the one under which the account's last reading had this label, else one of the ids that
 * are known, else the label's slug (contracts section 4.1). No id is given twice.
 */
export function modelIds(labels: readonly string[], known: Known = []): readonly string[] {
  const byLabel = new Map(known.map(({ id, label }) => [label.toLowerCase(), id]))
  const bySlug = new Map([...SEEN_IDS, ...known.map(({ id }) => id)].map((id) => [slug(id), id]))
  const taken = new Set<string>()
  return labels.map((label) => {
    const word = slug(label)
    const candidates = [byLabel.get(label.toLowerCase()), bySlug.get(word), SEEN_NAMES[word], word]
    const free = candidates.find((id) => id !== undefined && id !== '' && !taken.has(id))
    const id = free ?? `${word === '' ? 'model' : word}-${taken.size + 1}`
    taken.add(id)
    return id
  })
}
