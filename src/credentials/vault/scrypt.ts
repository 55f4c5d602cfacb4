import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto'
import type { Identity, Recipient } from 'age-encryption'

/** What opening a key costs, as a power of two: about 0.1 s and 32 MB. */
const WORK_FACTOR = 15
/** A file that asks for more was not written by us; 2^20 would be a gigabyte. */
const HIGHEST_WORK_FACTOR = 20
const LABEL = 'age-encryption.org/v1/scrypt'
const NONCE = Buffer.alloc(12)
const TAG_BYTES = 16

/**
 * age's passphrase recipient with node's own scrypt: the same file format (https://age-encryption.org/v1), but the
 * work is done on a thread of its own, while the library's would stop the whole program for its length.
 */
export function passphraseRecipient(
  passphrase: string,
  age: Pick<typeof import('age-encryption'), 'Stanza'>,
): Recipient {
  return {
    async wrapFileKey(fileKey) {
      const salt = randomBytes(16)
      const key = await derive(passphrase, salt, WORK_FACTOR)
      const cipher = createCipheriv('chacha20-poly1305', key, NONCE, { authTagLength: TAG_BYTES })
      const body = Buffer.concat([cipher.update(fileKey), cipher.final(), cipher.getAuthTag()])
      return [new age.Stanza(['scrypt', unpadded(salt), String(WORK_FACTOR)], new Uint8Array(body))]
    },
  }
}

/** Null from `unwrapFileKey`: another passphrase. Throws for a header that is not age's. */
export function passphraseIdentity(passphrase: string): Identity {
  return {
    async unwrapFileKey(stanzas) {
      const [stanza, ...others] = stanzas
      if (stanza?.args[0] !== 'scrypt') return null
      const [, salt = '', work = ''] = stanza.args
      const workFactor = /^[1-9]\d?$/.test(work) ? Number(work) : Number.NaN
      const rightForm = others.length === 0 && stanza.args.length === 3 && stanza.body.length === 16 + TAG_BYTES
      if (!rightForm || !(workFactor <= HIGHEST_WORK_FACTOR))
        throw new Error('a passphrase header that age would not write')
      return unsealed(stanza.body, await derive(passphrase, Buffer.from(salt, 'base64'), workFactor))
    },
  }
}

function unsealed(body: Uint8Array, key: Buffer): Uint8Array | null {
  const decipher = createDecipheriv('chacha20-poly1305', key, NONCE, { authTagLength: TAG_BYTES })
  decipher.setAuthTag(body.subarray(body.length - TAG_BYTES))
  try {
    return new Uint8Array(Buffer.concat([decipher.update(body.subarray(0, -TAG_BYTES)), decipher.final()]))
  } catch {
    // The tag does not fit: it was sealed with another passphrase, which is what null means here.
    return null
  }
}

function derive(passphrase: string, salt: Buffer, workFactor: number): Promise<Buffer> {
  const options = { N: 2 ** workFactor, r: 8, p: 1, maxmem: 2 ** (workFactor + 11) }
  return new Promise((resolve, reject) => {
    scrypt(passphrase, Buffer.concat([Buffer.from(LABEL), salt]), 32, options, (error, key) => {
      if (error === null) resolve(key)
      else reject(error)
    })
  })
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '')
}
