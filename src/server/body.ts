import type { AppContext } from './http-app.ts'
import { badRequest, RefusalError } from './problems.ts'

/** Reads a JSON body of at most `limit` bytes, whatever its head said about the length. Throws RefusalError. */
export async function readJson(context: AppContext, limit: number): Promise<unknown> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of context.req.raw.body ?? []) {
    bytes += chunk.length
    if (bytes > limit) throw new RefusalError({ status: 413, code: 'too_large', message: 'The body is too large.' })
    chunks.push(chunk)
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch {
    // What exactly is wrong with the text is the caller's to find out.
    throw badRequest('The body is not JSON.')
  }
}
