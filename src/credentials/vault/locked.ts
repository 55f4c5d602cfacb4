import { SECOND_MS } from '../../model/time.ts'
import type { VaultPorts } from './ports.ts'
import { VaultError } from './store.ts'

const PATIENCE_MS = 30 * SECOND_MS
const LOOK_AGAIN_MS = 100

/**
 * Runs `run` while no other process of this user holds the lock at `path`. Waits up to 30 s for it; a holder that was
 * killed holds nothing. Throws VaultError when it stays busy or the lock cannot be taken.
 */
export async function withLock<T>(ports: VaultPorts, path: string, run: () => Promise<T>): Promise<T> {
  const deadline = ports.clock.monotonicMs() + PATIENCE_MS
  for (;;) {
    const outcome = await ports.files.lock(path).catch(() => {
      throw new VaultError(`${path} cannot be written.`, 'Check its folder and the free space.')
    })
    if (outcome.kind === 'held') {
      try {
        return await run()
      } finally {
        await outcome.release()
      }
    }
    if (ports.clock.monotonicMs() >= deadline) {
      const who = outcome.by === null ? 'Another tokstat' : `Another tokstat (process ${outcome.by.pid})`
      throw new VaultError(`${who} has been busy with the accounts for 30 s.`, 'Try again in a moment.')
    }
    await new Promise<void>((resolve) => {
      ports.clock.after(LOOK_AGAIN_MS, resolve)
    })
  }
}
