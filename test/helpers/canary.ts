import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface CanaryFinding {
  /** Name of the text, or path of the file. */
  readonly where: string
  readonly form: 'plain' | 'base64' | 'base64url' | 'hex' | 'url-encoded' | 'json-escaped'
  /** Index of the secret in the list: the secret itself is not repeated. */
  readonly secret: number
}

export interface CanaryHaystack {
  /** Texts by a name of the test's own (`log`, `metrics`). */
  readonly texts?: Readonly<Record<string, string>>
  /** Folders, looked through to the bottom; every file, database pages too. */
  readonly folders?: readonly string[]
}

/**
 * Looks for secrets in everything a program has left behind: as they are, in base64 and base64url at all three
 * alignments, in hex of either case, URL-encoded and JSON-escaped. Throws when there is nothing to look at or for, so
 * that a test cannot pass by looking at nothing.
 */
export async function scanForCanaries(
  haystack: CanaryHaystack,
  secrets: readonly string[],
): Promise<readonly CanaryFinding[]> {
  if (secrets.length === 0) throw new Error('no secret to look for')
  if (secrets.some((secret) => secret.length < 8)) throw new Error('a secret under 8 characters is found by chance')
  const needles = secrets.flatMap((secret, index) => needlesFor(secret).map((needle) => ({ ...needle, secret: index })))
  const texts = [...Object.entries(haystack.texts ?? {}), ...(await filesOf(haystack.folders ?? []))]
  if (texts.length === 0) throw new Error('nothing to look at')
  const findings = new Map<string, CanaryFinding>()
  for (const [where, text] of texts) {
    for (const { form, secret, needle } of needles) {
      if (text.includes(needle)) findings.set(`${where}\n${form}\n${secret}`, { where, form, secret })
    }
  }
  return [...findings.values()]
}

interface Needle {
  readonly form: CanaryFinding['form']
  readonly needle: string
}

function needlesFor(secret: string): readonly Needle[] {
  const bytes = Buffer.from(secret)
  const hex = bytes.toString('hex')
  const needles: Needle[] = [
    { form: 'plain', needle: secret },
    { form: 'hex', needle: hex },
    { form: 'hex', needle: hex.toUpperCase() },
  ]
  for (const lead of [0, 1, 2]) {
    const base64 = alignedBase64(bytes, lead)
    needles.push({ form: 'base64', needle: base64 }, { form: 'base64url', needle: toUrlSafe(base64) })
  }
  const encoded = [encodeURIComponent(secret), new URLSearchParams({ s: secret }).toString().slice(2)]
  for (const needle of encoded) if (needle !== secret) needles.push({ form: 'url-encoded', needle })
  for (const needle of [JSON.stringify(secret).slice(1, -1), secret.replaceAll('/', '\\/')]) {
    if (needle !== secret) needles.push({ form: 'json-escaped', needle })
  }
  return needles
}

/** The characters that depend on the secret alone when `lead` other bytes (modulo 3) stand before it. */
function alignedBase64(bytes: Buffer, lead: number): string {
  const whole = Buffer.concat([Buffer.alloc(lead), bytes])
  const text = whole.toString('base64').replace(/=+$/, '')
  const start = Math.ceil((lead * 8) / 6)
  return text.slice(start, Math.floor((whole.length * 8) / 6))
}

function toUrlSafe(base64: string): string {
  return base64.replaceAll('+', '-').replaceAll('/', '_')
}

async function filesOf(folders: readonly string[]): Promise<readonly (readonly [string, string])[]> {
  const found: (readonly [string, string])[] = []
  for (const folder of folders) {
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue
      const path = join(entry.parentPath, entry.name)
      const bytes = await readFile(path)
      // Both readings: one keeps every byte of binary files, the other letters outside ASCII.
      found.push([path, bytes.toString('latin1')])
      if (bytes.some((byte) => byte > 127)) found.push([path, bytes.toString('utf8')])
    }
  }
  return found
}
