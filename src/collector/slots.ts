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
  return new FairSlots(limits)
}

class FairSlots implements Slots {
  readonly #limits: SlotLimits
  readonly #used = new Map<string, number>()
  readonly #queues = new Map<string, Waiter[]>()
  #total = 0

  constructor(limits: SlotLimits) {
    this.#limits = limits
  }

  async acquire(key: string, signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted()
    return this.#free(key) && !this.#queues.has(key) ? this.#take(key) : this.#wait(key, signal)
  }

  inUse(): number {
    return this.#total
  }

  #free(key: string): boolean {
    return (
      this.#total < Math.max(1, this.#limits.total()) && (this.#used.get(key) ?? 0) < Math.max(1, this.#limits.perKey())
    )
  }

  #take(key: string): () => void {
    this.#total += 1
    this.#used.set(key, (this.#used.get(key) ?? 0) + 1)
    let given = false
    return () => {
      if (given) return
      given = true
      this.#total -= 1
      const left = (this.#used.get(key) ?? 1) - 1
      if (left === 0) this.#used.delete(key)
      else this.#used.set(key, left)
      this.#serveNext()
    }
  }

  /** One waiter of each key in turn: the served key goes to the end of the line. */
  #serveNext(): void {
    for (const [key, queue] of [...this.#queues]) {
      if (!this.#free(key)) continue
      const waiter = queue.shift()
      this.#queues.delete(key)
      if (queue.length > 0) this.#queues.set(key, queue)
      waiter?.start()
    }
  }

  #wait(key: string, signal: AbortSignal): Promise<() => void> {
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        start: () => {
          signal.removeEventListener('abort', leave)
          resolve(this.#take(key))
        },
      }
      const leave = (): void => {
        const rest = (this.#queues.get(key) ?? []).filter((other) => other !== waiter)
        if (rest.length === 0) this.#queues.delete(key)
        else this.#queues.set(key, rest)
        reject(signal.reason)
      }
      signal.addEventListener('abort', leave, { once: true })
      const queue = this.#queues.get(key)
      if (queue) queue.push(waiter)
      else this.#queues.set(key, [waiter])
    })
  }
}
