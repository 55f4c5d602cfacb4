/** Hands out a bounded number of places: in all, and per key. Waiting keys take turns, so none starves another. */
export interface Slots {
  /** Resolves with the function that gives the place back; rejects with the signal's reason when it is aborted. */
  acquire(key: string, signal: AbortSignal): Promise<() => void>
  /** Places taken now. */
  inUse(): number
}

/** Read at every decision, so that a changed configuration counts at once. */
export interface SlotLimits {
  readonly total: () => number
  readonly perKey: () => number
}

interface Waiter {
  readonly start: () => void
}

export function createSlots(limits: SlotLimits): Slots {
  const used = new Map<string, number>()
  const queues = new Map<string, Waiter[]>()
  let total = 0

  function free(key: string): boolean {
    return total < Math.max(1, limits.total()) && (used.get(key) ?? 0) < Math.max(1, limits.perKey())
  }

  function take(key: string): () => void {
    total += 1
    used.set(key, (used.get(key) ?? 0) + 1)
    let given = false
    return () => {
      if (given) return
      given = true
      total -= 1
      const left = (used.get(key) ?? 1) - 1
      if (left === 0) used.delete(key)
      else used.set(key, left)
      serveNext()
    }
  }

  /** One waiter of each key in turn: the served key goes to the end of the line. */
  function serveNext(): void {
    for (const [key, queue] of [...queues]) {
      if (!free(key)) continue
      const waiter = queue.shift()
      queues.delete(key)
      if (queue.length > 0) queues.set(key, queue)
      waiter?.start()
    }
  }

  function wait(key: string, signal: AbortSignal): Promise<() => void> {
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        start: () => {
          signal.removeEventListener('abort', leave)
          resolve(take(key))
        },
      }
      const leave = (): void => {
        const rest = (queues.get(key) ?? []).filter((other) => other !== waiter)
        if (rest.length === 0) queues.delete(key)
        else queues.set(key, rest)
        reject(signal.reason)
      }
      signal.addEventListener('abort', leave, { once: true })
      const queue = queues.get(key)
      if (queue) queue.push(waiter)
      else queues.set(key, [waiter])
    })
  }

  return {
    acquire: async (key, signal) => {
      signal.throwIfAborted()
      return free(key) && !queues.has(key) ? take(key) : wait(key, signal)
    },
    inUse: () => total,
  }
}
