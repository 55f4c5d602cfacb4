import { Secret } from '../../model/secret.ts'
import { asObject, field, type JsonObject, parseJson, secretOf } from '../parse.ts'

/** The secret of one account of ours, as a store keeps it. */
export type SecretRecord =
  | { readonly kind: 'api-key'; readonly apiKey: Secret }
  /** An access token that does not expire. */
  | { readonly kind: 'token'; readonly accessToken: Secret }
  /** A grant that gives access tokens, with the client that it was obtained with: no other one may use it. */
  | { readonly kind: 'grant'; readonly refreshToken: Secret; readonly client: RecordedClient | null }

export interface RecordedClient {
  readonly id: string
  readonly secret: Secret | null
}

/** Text for a store. The names of the fields are the older tokstat's, so each can read what the other one kept. */
export function encodeRecord(record: SecretRecord): Secret {
  return new Secret(JSON.stringify(fieldsOf(record)))
}

function fieldsOf(record: SecretRecord): Readonly<Record<string, string>> {
  switch (record.kind) {
    case 'api-key':
      return { api_key: record.apiKey.reveal() }
    case 'token':
      return { access_token: record.accessToken.reveal() }
    case 'grant': {
      const { refreshToken, client } = record
      return {
        refresh_token: refreshToken.reveal(),
        ...(client === null ? {} : { client_id: client.id }),
        ...(client?.secret ? { client_secret: client.secret.reveal() } : {}),
      }
    }
  }
}

/**
 * Null for anything that is no login of ours: an entry of that name may be another program's. The older tokstat wrote
 * an empty refresh token and an invented expiry beside a GitHub token; both say nothing.
 */
export function decodeRecord(text: Secret): SecretRecord | null {
  const parsed = parseJson(text.reveal())
  const found = parsed.ok ? asObject(parsed.value) : null
  if (found === null) return null
  const apiKey = secretOf(field(found, 'api_key'))
  if (apiKey !== null) return { kind: 'api-key', apiKey }
  const refreshToken = secretOf(field(found, 'refresh_token'))
  if (refreshToken !== null) return { kind: 'grant', refreshToken, client: clientOf(found) }
  const accessToken = secretOf(field(found, 'access_token'))
  return accessToken === null ? null : { kind: 'token', accessToken }
}

function clientOf(found: JsonObject): RecordedClient | null {
  const id = secretOf(field(found, 'client_id'))
  return id === null ? null : { id: id.reveal(), secret: secretOf(field(found, 'client_secret')) }
}
