import type { Account } from '../model/account.ts'
import type { Credential } from '../model/credential.ts'
import type { Identity } from '../model/reading.ts'
import { shortHash } from './hash.ts'

/** An account before it has a name. */
export interface Unnamed {
  readonly credentials: readonly Credential[]
  /** The user's own name for it; null when there is none. */
  readonly chosen: string | null
  readonly identity: Identity
  /** What it is called when nobody knows better. */
  readonly word: string
}

export interface Named {
  readonly entry: Unnamed
  readonly name: string
  readonly nameFrom: NonNullable<Account['nameFrom']>
}

const LONGEST_NAME = 128

/**
 * Gives every account of one provider a name of its own: the user's, else e-mail or login, else the word of its
 * place. Where two would share a name, each gets `#workspace`; where that does not part them, a tag of what they are.
 */
export function nameAccounts(entries: readonly Unnamed[]): readonly Named[] {
  let named = entries.map(firstName)
  for (const suffixOf of [workspaceOrTag, shortTag, longTag]) named = partNamesakes(named, suffixOf)
  return named
}

function firstName(entry: Unnamed): Named {
  const chosen = clean(entry.chosen)
  if (chosen !== '') return { entry, name: chosen, nameFrom: 'user' }
  const personal = clean(entry.identity.email) || clean(entry.identity.login)
  if (personal !== '') return { entry, name: personal, nameFrom: 'identity' }
  return { entry, name: clean(entry.word) || 'account', nameFrom: 'place' }
}

function partNamesakes(named: readonly Named[], suffixOf: (entry: Unnamed) => string): Named[] {
  const counts = new Map<string, number>()
  for (const { name } of named) counts.set(name, (counts.get(name) ?? 0) + 1)
  return named.map((one) =>
    (counts.get(one.name) ?? 0) > 1 ? { ...one, name: `${one.name}#${suffixOf(one.entry)}` } : one,
  )
}

function workspaceOrTag(entry: Unnamed): string {
  return clean(entry.identity.workspace) || shortTag(entry)
}

function shortTag(entry: Unnamed): string {
  return shortHash(whatItIs(entry)).slice(0, 4)
}

function longTag(entry: Unnamed): string {
  return shortHash(
    `${whatItIs(entry)}|${entry.credentials
      .map((credential) => credential.fingerprint)
      .sort()
      .join()}`,
  )
}

/** The identity where it can tell namesakes apart; with an e-mail or login alone, the place decides. */
function whatItIs({ identity, word }: Unnamed): string {
  const parts = [identity.subject, identity.workspace, identity.email, identity.login].map((part) => part ?? '')
  return [...parts, identity.subject === null && identity.workspace === null ? word : ''].join('|')
}

/** Names reach terminals, labels and URLs: no control or direction characters, no outer blanks, not endless. */
function clean(text: string | null): string {
  return (text ?? '')
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '')
    .trim()
    .slice(0, LONGEST_NAME)
}
