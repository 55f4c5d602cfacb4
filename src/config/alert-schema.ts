import * as z from 'zod'
import { duration, parseDuration } from './units.ts'

/** When an alert rule fires: contracts section 8, "Alert rules". */
export type AlertCondition =
  | { readonly kind: 'level'; readonly atMost: 'exhausted' | 'low' | 'medium' | 'ok' }
  | { readonly kind: 'remaining_ratio'; readonly below: number }
  | { readonly kind: 'remaining_amount'; readonly below: number; readonly unit: string }
  | { readonly kind: (typeof EVENTS)[number] }

const EVENTS = [
  'exhausted',
  'recovered',
  'reset',
  'auth_required',
  'forbidden',
  'stale',
  'runs_out_before_reset',
] as const
const WHEN_HELP = `Expected "level <= low", "remaining < 10%", "remaining < 5 USD" or one of ${EVENTS.join(', ')}.`

/** Reads the `when` of a rule; null when it is none. */
function parseWhen(text: string): AlertCondition | null {
  const words = text.trim().replace(/\s+/g, ' ')
  const event = EVENTS.find((name) => name === words)
  if (event !== undefined) return { kind: event }
  const level = /^level ?<= ?(exhausted|low|medium|ok)$/.exec(words)?.[1]
  if (level === 'exhausted' || level === 'low' || level === 'medium' || level === 'ok') {
    return { kind: 'level', atMost: level }
  }
  const [, amount, unit] = /^remaining ?< ?(\d+(?:\.\d+)?) ?(%|[A-Za-z]+)$/.exec(words) ?? []
  if (amount === undefined || unit === undefined) return null
  if (unit !== '%') return { kind: 'remaining_amount', below: Number(amount), unit }
  return Number(amount) <= 100 ? { kind: 'remaining_ratio', below: Number(amount) / 100 } : null
}

/** How long a condition must hold: that many readings in a row, or that long. */
export type AlertHold =
  | { readonly kind: 'readings'; readonly count: number }
  | { readonly kind: 'time'; readonly ms: number }

function parseHold(value: string | number): AlertHold | null {
  const count = /^(\d+) readings?$/.exec(String(value).trim())?.[1]
  if (count !== undefined) return Number(count) >= 1 ? { kind: 'readings', count: Number(count) } : null
  const ms = parseDuration(value)
  return ms === null ? null : { kind: 'time', ms }
}

/** Minutes after local midnight; a range may pass midnight. */
function parseQuiet(text: string): { readonly fromMinute: number; readonly toMinute: number } | null {
  const match = /^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)$/.exec(text.trim())
  if (match === null) return null
  const [fromHour, fromMinute, toHour, toMinute] = match.slice(1).map(Number)
  return {
    fromMinute: (fromHour ?? 0) * 60 + (fromMinute ?? 0),
    toMinute: (toHour ?? 0) * 60 + (toMinute ?? 0),
  }
}

/** A key whose text is read by `parse`; null from it is the error `help`. */
function parsed<In extends string | number, Out>(
  input: z.ZodType<In, In>,
  parse: (value: In) => Out | null,
  help: string,
) {
  return input.transform((value, context): Out => {
    const result = parse(value)
    if (result !== null) return result
    context.issues.push({ code: 'custom', message: help, input: value })
    return z.NEVER
  })
}

function listOf(meaning: string) {
  return z
    .union([z.string(), z.array(z.string()).min(1)], { error: 'Expected a name or a list of names.' })
    .transform((value) => (typeof value === 'string' ? [value] : value))
    .prefault('*')
    .describe(meaning)
}

export const AlertRule = z.strictObject({
  name: z.string().min(1).describe('What people see; unique.'),
  when: parsed(z.string(), parseWhen, WHEN_HELP).describe(WHEN_HELP.replace('Expected ', '')),
  for: parsed(z.union([z.string(), z.number()]), parseHold, 'Expected "2 readings" or a duration such as "10m".')
    .prefault('1 reading')
    .describe('How long it must hold: "2 readings" or a duration.'),
  notify: z.array(z.string()).default([]).describe('Names of channels; none: log and web page only.'),
  provider: listOf('Providers it watches, `*` for all.'),
  account: listOf('Account ids or names, `*` for all.'),
  quota: listOf('Quota ids, `*` for all.'),
  kind: listOf('Quota kinds, `*` for all.'),
  severity: z.enum(['info', 'warning', 'critical']).default('warning').describe('How urgent it is.'),
  quiet: parsed(z.string(), parseQuiet, 'Expected a time span such as "22:00-07:00".')
    .optional()
    .describe('No message in this span of local time.'),
  repeat: duration(60_000).optional().describe('Say it again after this long while it lasts.'),
})
export type AlertRule = z.output<typeof AlertRule>

const url = z.url({ protocol: /^https?$/, error: 'Expected an http or https address.' }).describe('Where to send it.')
const file = (meaning: string) => z.string().min(1).optional().describe(meaning)
const allow_private = z
  .boolean()
  .default(false)
  .describe('Its name may lead to a private address; an address that you write down yourself always may.')

export const Channel = z.discriminatedUnion(
  'type',
  [
    z.strictObject({
      type: z.literal('webhook'),
      url,
      secret_file: file('Key of the HMAC-SHA256 signature.'),
      allow_private,
    }),
    z.strictObject({ type: z.literal('ntfy'), url, token_file: file('Access token.'), allow_private }),
    z.strictObject({
      type: z.literal('slack'),
      url: url.optional(),
      url_file: file('File with the secret address.'),
      allow_private,
    }),
    z.strictObject({
      type: z.literal('discord'),
      url: url.optional(),
      url_file: file('File with the secret address.'),
      allow_private,
    }),
    z.strictObject({
      type: z.literal('telegram'),
      chat_id: z.union([z.string(), z.number()]).transform(String).describe('Chat to write to.'),
      token_file: z.string().min(1).describe('File with the bot token.'),
    }),
    z.strictObject({
      type: z.literal('email'),
      host: z.string().min(1).describe('SMTP server.'),
      port: z.int().min(1).max(65_535).default(587).describe('SMTP port.'),
      from: z.string().min(3).describe('Sender.'),
      to: z.array(z.string().min(3)).min(1).describe('Recipients.'),
      user: z.string().optional().describe('SMTP user.'),
      password_file: file('File with the SMTP password.'),
    }),
    z.strictObject({ type: z.literal('desktop') }),
    z.strictObject({
      type: z.literal('file'),
      path: z.string().min(1).describe('File that gets one JSON document a line.'),
    }),
    z.strictObject({
      type: z.literal('exec'),
      command: z.array(z.string()).min(1).describe('Program and arguments; the alert is its stdin.'),
    }),
    z.strictObject({ type: z.literal('alertmanager'), url, allow_private }),
  ],
  { error: 'Expected a type: webhook, ntfy, slack, discord, telegram, email, desktop, file, exec or alertmanager.' },
)
export type Channel = z.output<typeof Channel>
