import { open, rename, rm, truncate, writeFile } from 'node:fs/promises'

/** How a tool replaces its login file; all but the first show a reader something unfinished for a moment. */
export type RewriteMode =
  /** Temporary file, fsync, rename: a reader sees the old text or the new one. */
  | 'atomic'
  /** Truncates, writes the first half, then the second. */
  | 'torn'
  /** Truncates to nothing, then writes. */
  | 'truncate-then-write'
  /** Writes over the old text and cuts the rest off afterwards: in between the old tail follows the new text. */
  | 'stale-tail'
  /** Moves the old file to `<file>.bak`, then the new one into its place: in between there is none. */
  | 'rename-over'
  /** Deletes, then creates anew. */
  | 'unlink-create'

export const REWRITE_MODES: readonly RewriteMode[] = [
  'atomic',
  'torn',
  'truncate-then-write',
  'stale-tail',
  'rename-over',
  'unlink-create',
]

/**
 * Rewrites a login file the way its owner would. `halfway` runs while the file is in its unfinished state (for
 * `atomic`: while the new text lies beside it), so that a test reads exactly there and needs no luck.
 */
export async function rewriteAsOwner(
  path: string,
  text: string,
  mode: RewriteMode,
  halfway: () => Promise<void> = async () => {},
): Promise<void> {
  switch (mode) {
    case 'atomic':
      await writeSynced(`${path}.tmp`, text)
      await halfway()
      return rename(`${path}.tmp`, path)
    case 'torn':
      await writeInParts(path, text, Math.floor(text.length / 2), halfway)
      return
    case 'truncate-then-write':
      await writeInParts(path, text, 0, halfway)
      return
    case 'stale-tail': {
      const bytes = Buffer.from(text)
      await writeFile(path, bytes, { flag: 'r+' })
      await halfway()
      return truncate(path, bytes.length)
    }
    case 'rename-over':
      await writeSynced(`${path}.tmp`, text)
      await rename(path, `${path}.bak`)
      await halfway()
      return rename(`${path}.tmp`, path)
    case 'unlink-create':
      await rm(path)
      await halfway()
      return writeFile(path, text, { mode: 0o600 })
  }
}

async function writeSynced(path: string, text: string): Promise<void> {
  const file = await open(path, 'w', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}

async function writeInParts(path: string, text: string, first: number, halfway: () => Promise<void>): Promise<void> {
  const file = await open(path, 'w', 0o600)
  try {
    await file.write(text.slice(0, first))
    await halfway()
    await file.write(text.slice(first))
  } finally {
    await file.close()
  }
}
