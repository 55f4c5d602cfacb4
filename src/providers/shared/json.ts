import { QuotaError } from '../../model/problem.ts'
import type { HttpReply } from '../../model/provider.ts'
import { requestedDelayMs } from '../../model/retry-after.ts'
import { type NotJson, parseJson } from './parse-json.ts'
import { type RefusalContext, refusalOf } from './refusal.ts'

export interface ReplyContext extends RefusalContext {
  /** `{}` and `[]` are good answers of this endpoint. Without it they are an empty success envelope, an error. */
  readonly allowEmpty?: boolean
}

/**
 * The JSON of a complete answer: an object or a list, at most 64 levels deep, without `__proto__` keys.
 * The HTTP status decides first (contracts section 7.7): anything but 2xx throws what `refusalOf` makes of it. On 2xx
 * throws QuotaError `truncated` for a cut answer and `unexpected_response` for HTML, other text and an empty envelope.
 * No message holds a part of the body.
 */
export function expectJson(reply: HttpReply, context: ReplyContext): unknown {
  if (reply.status < 200 || reply.status > 299) throw refusalOf(reply, context)
  const parsed = parseJson(reply.body)
  if (parsed.state === 'ok') {
    const isEmpty = Object.keys(parsed.value).length === 0
    if (!isEmpty || context.allowEmpty) return parsed.value
    throw badAnswer(reply, context, 'an empty answer')
  }
  if (parsed.state === 'truncated') {
    throw new QuotaError({
      code: 'truncated',
      message: `The answer of ${context.title} was cut off.`,
      hint: 'It is asked again by itself.',
      httpStatus: reply.status,
      endpoint: context.endpoint,
      retryAfterMs: requestedDelayMs({ ...reply, body: '' }),
    })
  }
  throw badAnswer(reply, context, WORDS[parsed.state])
}

const WORDS = {
  empty: 'an empty answer',
  html: 'a web page instead of data',
  malformed: 'something that is not JSON',
  scalar: 'a bare value instead of data',
  too_deep: 'data nested too deeply',
} as const satisfies Record<NotJson, string>

function badAnswer(reply: HttpReply, context: ReplyContext, what: string): QuotaError {
  return unexpected(context, `${context.title} sent ${what}.`, reply.status)
}

/** A 2xx answer that does not say what this endpoint should say. */
export function unexpected(
  context: Pick<ReplyContext, 'title' | 'endpoint'>,
  message = `${context.title} answered in a form that is not known.`,
  httpStatus = 200,
): QuotaError {
  return new QuotaError({
    code: 'unexpected_response',
    message,
    hint: 'It is asked again by itself; if it stays, look for a newer tokstat.',
    httpStatus,
    endpoint: context.endpoint,
  })
}
