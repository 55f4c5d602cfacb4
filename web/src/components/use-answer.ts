import { useEffect, useState } from 'preact/hooks'
import { ClientError } from '../../../src/client/errors.ts'

/** An answer on its way. The last value stays while a newer one is asked for, so that nothing flickers. */
export interface Answer<Value> {
  readonly value: Value | null
  readonly isLoading: boolean
  /** What went wrong; null when nothing did. A route that this tokstat does not have is status 404. */
  readonly error: ClientError | null
  retry(): void
}

/** Asks again whenever `key` is another one; an answer that comes too late is thrown away. */
export function useAnswer<Value>(key: string, ask: () => Promise<Value>): Answer<Value> {
  const [attempt, setAttempt] = useState(0)
  const [answer, setAnswer] = useState<Omit<Answer<Value>, 'retry'>>({ value: null, isLoading: true, error: null })
  useEffect(() => {
    let isCurrent = true
    setAnswer((last) => ({ ...last, isLoading: true }))
    ask().then(
      (value) => isCurrent && setAnswer({ value, isLoading: false, error: null }),
      (error: unknown) =>
        isCurrent && setAnswer((last) => ({ value: last.value, isLoading: false, error: clientError(error) })),
    )
    return () => {
      isCurrent = false
    }
  }, [key, attempt])
  return { ...answer, retry: () => setAttempt((count) => count + 1) }
}

function clientError(error: unknown): ClientError {
  if (error instanceof ClientError) return error
  return new ClientError({ message: String(error), status: null, code: 'internal', cause: error })
}
