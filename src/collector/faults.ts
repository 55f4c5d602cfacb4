import type { Log } from '../model/ports.ts'
import { QuotaError } from '../model/problem.ts'
import type { Provider } from '../model/provider.ts'

/** Host (with a port that is not the default) of an https address; null for anything else. */
export function hostOf(url: string): string | null {
  const parsed = URL.parse(url)
  return parsed?.protocol === 'https:' && parsed.username === '' && parsed.password === '' ? parsed.host : null
}

/** What a programming error looks like to the outside; the log gets the rest. */
export function internalError(
  thrown: unknown,
  target: { readonly account: string; readonly provider: Pick<Provider, 'id' | 'title'> },
  log: Log,
): QuotaError {
  log.error('An unexpected error ended an attempt.', {
    provider: target.provider.id,
    account: target.account,
    ...describeFault(thrown),
  })
  return new QuotaError({
    code: 'internal',
    message: `tokstat failed while reading ${target.provider.title}.`,
    hint: 'It is tried again by itself. If it stays, report it with the log.',
    cause: thrown,
  })
}

/**
 * Name and stack frames of an error. Its message is left out: JSON and URL errors quote what they choked on, and
 * that may be a token.
 */
export function describeFault(thrown: unknown): { readonly error: string; readonly stack: string } {
  if (!(thrown instanceof Error)) return { error: typeof thrown, stack: '' }
  const frames = (thrown.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
  return { error: thrown.name, stack: frames.join('\n') }
}
