/** A few values that outlive the page, in the browser's own database. A browser without one keeps nothing. */
export interface Kept {
  read(key: KeptKey): Promise<unknown>
  write(key: KeptKey, value: unknown): Promise<void>
  /** Resolves when nothing is there any more. */
  clear(): Promise<void>
}

/** `board`: the last accounts; `heard`: when tokstat was last heard; `status`: what it said of itself. */
type KeptKey = 'board' | 'heard' | 'status'

const TABLE = 'kept'

/** Nothing is kept where the page could not be opened without the daemon anyway. */
const KEEPS_NOTHING: Kept = {
  read: async () => null,
  write: async () => undefined,
  clear: async () => undefined,
}

/** `name` tells two tokstats of one origin apart. Nothing here rejects: a value that cannot be kept is not kept. */
function openKept(database: IDBFactory, name: string): Kept {
  let opened: Promise<IDBDatabase> | null = null

  function open(): Promise<IDBDatabase> {
    opened ??= new Promise((resolve, reject) => {
      const request = database.open(name, 1)
      request.onupgradeneeded = () => request.result.createObjectStore(TABLE)
      request.onsuccess = () => resolve(request.result)
      request.onerror = () => reject(request.error)
    })
    return opened
  }

  async function ask(mode: IDBTransactionMode, make: (table: IDBObjectStore) => IDBRequest): Promise<unknown> {
    try {
      const request = make((await open()).transaction(TABLE, mode).objectStore(TABLE))
      return await new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result ?? null)
        request.onerror = () => reject(request.error)
      })
    } catch {
      // Storage that is switched off or full: the page lives from what the daemon says.
      return null
    }
  }

  return {
    read: (key) => ask('readonly', (table) => table.get(key)),
    write: async (key, value) => void (await ask('readwrite', (table) => table.put(value, key))),
    clear: async () => void (await ask('readwrite', (table) => table.clear())),
  }
}

/** What this browser keeps of the tokstat at `url`. */
export function keptOf(url: string): Kept {
  if (!isSecureContext || typeof indexedDB === 'undefined') return KEEPS_NOTHING
  return openKept(indexedDB, `tokstat ${new URL(url).pathname}`)
}
