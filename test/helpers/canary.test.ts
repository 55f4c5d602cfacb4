import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { scanForCanaries } from './canary.ts'

const SECRET = '1//fake-refresh/token+canary=7f3a'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tokstat-canary-'))
})

afterEach(() => rm(folder, { recursive: true, force: true }))

async function forms(text: string): Promise<readonly string[]> {
  return (await scanForCanaries({ texts: { log: text } }, [SECRET])).map((finding) => finding.form)
}

describe('the canary scan', () => {
  it('finds nothing where nothing is', async () => {
    expect(await forms('status=ok account=user@example.com token=[secret]')).toEqual([])
    expect(await forms(SECRET.slice(0, -1))).toEqual([])
  })

  it('finds a secret as it is, in hex, URL-encoded and JSON-escaped', async () => {
    expect(await forms(`refresh failed for ${SECRET}.`)).toContain('plain')
    expect(await forms(Buffer.from(`x${SECRET}y`).toString('hex'))).toContain('hex')
    expect(await forms(Buffer.from(SECRET).toString('hex').toUpperCase())).toContain('hex')
    expect(await forms(`?refresh_token=${encodeURIComponent(SECRET)}&x=1`)).toContain('url-encoded')
    expect(await forms(new URLSearchParams({ refresh_token: SECRET }).toString())).toContain('url-encoded')
    expect(await forms(`"${SECRET.replaceAll('/', '\\/')}"`)).toContain('json-escaped')
  })

  it('finds base64 and base64url whatever stands before and after', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 7 }), fc.uint8Array({ maxLength: 7 }), async (before, behind) => {
        const bytes = Buffer.concat([before, Buffer.from(SECRET), behind])
        expect(await forms(bytes.toString('base64'))).toContain('base64')
        expect(await forms(bytes.toString('base64url'))).toContain('base64url')
      }),
      { numRuns: 60 },
    )
  })

  it('names the place and the number of the secret, never the secret', async () => {
    await mkdir(join(folder, 'deep/er'), { recursive: true })
    const file = join(folder, 'deep/er/history.db')
    await writeFile(file, Buffer.concat([Buffer.from([0, 255, 129]), Buffer.from(SECRET), Buffer.from([0])]))
    await writeFile(join(folder, 'clean.txt'), 'nothing here')
    const found = await scanForCanaries({ folders: [folder], texts: { page: 'ok' } }, ['fake-other-secret', SECRET])
    expect(found).toEqual([{ where: file, form: 'plain', secret: 1 }])
    expect(JSON.stringify(found)).not.toContain(SECRET)
  })

  it('finds a secret with letters outside ASCII in a file', async () => {
    await writeFile(join(folder, 'log'), 'token=schlüssel-für-ada')
    expect(await scanForCanaries({ folders: [folder] }, ['schlüssel-für-ada'])).toHaveLength(1)
  })

  it('refuses to look at nothing or for nothing', async () => {
    await expect(scanForCanaries({ folders: [folder] }, [SECRET])).rejects.toThrow('nothing to look at')
    await expect(scanForCanaries({ texts: { log: '' } }, [])).rejects.toThrow('no secret')
    await expect(scanForCanaries({ texts: { log: '' } }, ['short'])).rejects.toThrow('by chance')
    await expect(scanForCanaries({ folders: [join(folder, 'gone')] }, [SECRET])).rejects.toThrow('ENOENT')
  })
})
