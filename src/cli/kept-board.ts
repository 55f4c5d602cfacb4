import type { AccountsDocument } from '../model/document.ts'

/** The text of board.json, or null when there is none. */
export type ReadBoardFile = () => Promise<string | null>

/** The board file as a document; null when it is not one (torn, or of a newer version). */
export function parseBoard(text: string | null): AccountsDocument | null {
  if (text === null) return null
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null) return null
    const { schemaVersion, accounts } = value as Partial<AccountsDocument>
    const isWhole =
      schemaVersion === 1 && Array.isArray(accounts) && accounts.every((account) => Array.isArray(account?.quotas))
    return isWhole ? (value as AccountsDocument) : null
  } catch {
    // Not JSON: written by something else or torn. The daemon writes a whole one at its next change.
    return null
  }
}
