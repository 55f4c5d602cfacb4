import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'

/** Writers of the editor's messages, for tests. Test code only. */

/** The cache vector of the reference: 85 %, 20 %, and a share that protobuf left out. */
export const VECTOR =
  'OhB1c2VyQGV4YW1wbGUuY29tigJ6Ci0KHENsYXVkZSBTb25uZXQgNC42IChUaGlua2luZyl6DQ2amVk/EgYI9LqMzQYKJgoVR2VtaW5pIDMuMSBQcm8gKEhpZ2gpeg0NzcxMPhIGCPyk9cwGCiEKFUdQVC1PU1MgMTIwQiAoTWVkaXVtKXoIEgYI/KT1zAY='

export interface ModelToWrite {
  readonly label?: string | Uint8Array
  /** A float32, unless `double`. */
  readonly left?: number
  readonly double?: boolean
  readonly resetSeconds?: number
  readonly nanos?: number
  readonly noQuota?: boolean
}

export function message(...fields: readonly (readonly [number, Uint8Array | string])[]): Uint8Array {
  const writer = new BinaryWriter()
  for (const [number, value] of fields) {
    writer.tag(number, WireType.LengthDelimited).bytes(typeof value === 'string' ? Buffer.from(value) : value)
  }
  return writer.finish()
}

function timestamp(seconds: number, nanos?: number): Uint8Array {
  const writer = new BinaryWriter().tag(1, WireType.Varint).int64(seconds)
  if (nanos !== undefined) writer.tag(2, WireType.Varint).int32(nanos)
  return writer.finish()
}

export function modelBytes(model: ModelToWrite): Uint8Array {
  const quota = new BinaryWriter()
  if (model.left !== undefined) {
    if (model.double === true) quota.tag(1, WireType.Bit64).double(model.left)
    else quota.tag(1, WireType.Bit32).float(model.left)
  }
  if (model.resetSeconds !== undefined) {
    quota.tag(2, WireType.LengthDelimited).bytes(timestamp(model.resetSeconds, model.nanos))
  }
  const quotaBytes = quota.finish()
  return message([1, model.label ?? 'Model'], ...(model.noQuota === true ? [] : [[15, quotaBytes] as const]))
}

export function userStatus(email: string, models: readonly Uint8Array[]): string {
  const group = message(...models.map((bytes) => [1, bytes] as const))
  return base64(message([7, email], [33, group]))
}

export interface LoginToWrite {
  readonly access?: string
  readonly refresh?: string
  readonly expirySeconds?: number
  readonly idToken?: string
}

export function loginBytes({ access, refresh, expirySeconds, idToken }: LoginToWrite): Uint8Array {
  return message(
    ...(access === undefined ? [] : [[1, access] as const]),
    [2, 'Bearer'],
    ...(refresh === undefined ? [] : [[3, refresh] as const]),
    ...(expirySeconds === undefined ? [] : [[4, timestamp(expirySeconds)] as const]),
    ...(idToken === undefined ? [] : [[5, idToken] as const]),
  )
}

/** The row of `antigravityUnifiedStateSync.oauthToken`, or of another topic. */
export function unified(key: string, payload: string): string {
  return base64(message([1, message([1, key], [2, message([1, payload])])]))
}

export function unifiedLogin(login: LoginToWrite): string {
  return unified('oauthTokenInfoSentinelKey', base64(loginBytes(login)))
}

export function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}

/** An unsigned JWT with these claims. */
export function fakeJwt(claims: Readonly<Record<string, unknown>>): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part({ alg: 'none' })}.${part(claims)}.fake-signature`
}
