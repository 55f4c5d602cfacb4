import type { Alert, ChannelSettings, ChannelType, OwnerRun } from '../../model/index.ts'
import type { MessageKind } from '../outbox.ts'

/** What a channel is given to send. */
export interface Outgoing {
  readonly kind: MessageKind
  readonly deliveryId: string
  /** Already under the names that are shown. */
  readonly alert: Alert
  /** What a digest holds; empty otherwise. */
  readonly alerts: readonly Alert[]
  /** Where the web page is; null: nowhere that could be opened. */
  readonly link: string | null
}

export interface PostRequest {
  readonly method: 'POST' | 'GET'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** A name may lead to a private address. Addresses that stand in `url` themselves were named by the user. */
  readonly allowPrivate: boolean
  /** The request itself lets its reader write to the channel, so it goes by https or not far. */
  readonly isSecret: boolean
  readonly timeoutMs: number
}

export interface PostReply {
  readonly status: number
  /** Lower case names. */
  readonly headers: Readonly<Record<string, string>>
  /** The first part of it. */
  readonly body: string
}

/** All that a channel may touch. Tests pass fakes or loopback; the daemon passes platform/. */
export interface ChannelPorts {
  /** No redirect, no upstream, addresses checked after DNS. Rejects with DeliveryError. */
  send(request: PostRequest, signal: AbortSignal): Promise<PostReply>
  /** The trimmed text of a file. Rejects with DeliveryError. */
  readSecret(path: string): Promise<string>
  /** Runs a program without a shell, in a clean environment. */
  run(
    command: readonly string[],
    limits: { readonly input: string; readonly timeoutMs: number },
    signal: AbortSignal,
  ): Promise<OwnerRun>
  /** Adds one line to a file that only its owner may read. Rejects with DeliveryError. */
  appendLine(path: string, line: string): Promise<void>
  readonly platform: string
  /** Where the Bot API is; another address in tests alone. */
  readonly telegramUrl?: string | undefined
}

/** Why a message was not delivered. The text is ours: a host at most, never an address, a token or a body. */
export class DeliveryError extends Error {
  override readonly name = 'DeliveryError'
  /** Trying again cannot help. */
  readonly permanent: boolean
  readonly retryAfterMs: number | null

  constructor(message: string, options: { permanent?: boolean; retryAfterMs?: number | null; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.permanent = options.permanent ?? false
    this.retryAfterMs = options.retryAfterMs ?? null
  }
}

export type SettingsOf<Type extends ChannelType> = Extract<ChannelSettings, { readonly type: Type }>

/** A way to tell somebody: one file in this folder, one line in the registry. */
export interface Channel<Type extends ChannelType = ChannelType> {
  readonly type: Type
  /** Read by programs: each alert by itself, and its end too. The others are read by people. */
  readonly isForPrograms: boolean
  /** More than a few messages at once become one (A11). */
  readonly isLimited: boolean
  /** Host, program or place, for logs and lists: a whole address is a secret (L12). */
  target(settings: SettingsOf<Type>): string
  /** One try. Rejects with DeliveryError. */
  send(message: Outgoing, settings: SettingsOf<Type>, ports: ChannelPorts, signal: AbortSignal): Promise<void>
}

/** One try gets this long (A09). */
export const SEND_LIMIT_MS = 10_000

/** The host of an address, which is all of it that may be shown. */
export function hostOf(url: string | undefined): string {
  if (url === undefined) return 'an address in a file'
  return URL.canParse(url) ? new URL(url).host : 'an address that cannot be read'
}

/** Title and text for people; the link on a line of its own. */
export function textOf(message: Outgoing): string {
  return message.link === null ? message.alert.message : `${message.alert.message}\n${message.link}`
}

export function titleOf({ alert }: Outgoing): string {
  if (alert.event === 'test') return 'tokstat: test'
  const mark = alert.state === 'resolved' ? 'fine' : alert.severity
  return `tokstat: ${alert.rule} (${mark})`
}

/** Throws for every answer but 2xx; a busy receiver says when to come back. */
export function expectOk(reply: PostReply, host: string): void {
  if (reply.status >= 200 && reply.status < 300) return
  const seconds = Number(reply.headers['retry-after'])
  const retryAfterMs = Number.isFinite(seconds) && seconds > 0 ? seconds * 1_000 : null
  throw new DeliveryError(`${host} answered ${reply.status}.`, { retryAfterMs })
}

/** Posts JSON to an address of the settings or of a file. */
export async function postJson(
  request: Omit<PostRequest, 'method' | 'timeoutMs' | 'headers'> & {
    readonly headers?: Readonly<Record<string, string>>
  },
  ports: ChannelPorts,
  signal: AbortSignal,
): Promise<PostReply> {
  const reply = await ports.send(
    {
      ...request,
      method: 'POST',
      timeoutMs: SEND_LIMIT_MS,
      headers: { 'content-type': 'application/json', 'user-agent': 'tokstat', ...request.headers },
    },
    signal,
  )
  expectOk(reply, hostOf(request.url))
  return reply
}

/** The address itself or the one in its file. */
export async function addressOf(
  settings: { readonly url?: string | undefined; readonly url_file?: string | undefined },
  ports: ChannelPorts,
): Promise<string> {
  if (settings.url !== undefined) return settings.url
  const text = settings.url_file === undefined ? '' : await ports.readSecret(settings.url_file)
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text
  throw new DeliveryError('The file of the address does not hold one.', { permanent: true })
}
