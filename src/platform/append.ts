import { constants } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ensurePrivateFolder } from './store.ts'

/**
 * Adds one line to a file of ours (0600 when it is new), all of it or nothing as far as a system can promise it, and
 * safe on the disk. Never through a link. Rejects with the system's error.
 */
export async function appendLine(path: string, line: string): Promise<void> {
  await ensureFolder(dirname(path))
  const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0)
  const handle = await open(path, flags, 0o600)
  try {
    if (!(await handle.stat()).isFile()) throw new Error(`${path} is not a regular file.`)
    await handle.writeFile(`${line}\n`, 'utf8')
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** A folder that exists is the user's choice and stays as it is. */
async function ensureFolder(path: string): Promise<void> {
  if ((await stat(path).catch(() => null)) === null) await ensurePrivateFolder(path)
}
