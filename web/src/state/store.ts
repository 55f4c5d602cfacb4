import { useEffect, useState } from 'preact/hooks'

/** One value that many watch. */
export interface Store<Value> {
  get(): Value
  set(value: Value): void
  /** Called after every change. Returns the stop function. */
  subscribe(listener: () => void): () => void
}

export function createStore<Value>(initial: Value): Store<Value> {
  let value = initial
  const listeners = new Set<() => void>()
  return {
    get: () => value,
    set(next) {
      if (Object.is(next, value)) return
      value = next
      for (const listener of [...listeners]) listener()
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}

/** The value of a store, or a part of it; renders again when that part is another one. */
export function useStore<Value, Part = Value>(
  store: Store<Value>,
  part: (value: Value) => Part = (value) => value as unknown as Part,
): Part {
  const [, render] = useState(0)
  const current = part(store.get())
  useEffect(() => {
    let last = part(store.get())
    if (!Object.is(last, current)) render((count) => count + 1)
    return store.subscribe(() => {
      const next = part(store.get())
      if (Object.is(next, last)) return
      last = next
      render((count) => count + 1)
    })
  }, [store])
  return current
}
