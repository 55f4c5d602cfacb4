import { chmod, mkdir, mkdtemp, readdir, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { systemClock } from './clock.ts'
import { privateFiles } from './private-file.ts'

async function place(credentialsDirectory: string | null = null) {
  const folder = await mkdtemp(join(tmpdir(), 'tokstat-private-'))
  const path = join(folder, 'secret')
  return { folder, path, files: privateFiles({ clock: systemClock(), credentialsDirectory }) }
}

describe('a private file', () => {
  it('is 0600 in a folder of 0700, whatever was there before', async () => {
    const { folder, files } = await place()
    const path = join(folder, 'own', 'secret')
    await files.write(path, 'text')
    expect(await files.read(path)).toMatchObject({ kind: 'text', text: 'text' })
    expect([(await stat(path)).mode & 0o777, (await stat(join(folder, 'own'))).mode & 0o777]).toEqual([0o600, 0o700])
    await chmod(path, 0o666)
    await files.write(path, 'other')
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(await readdir(join(folder, 'own'))).toEqual(['secret'])
  })

  it.each([0o640, 0o604, 0o644, 0o660, 0o620])('is refused when others have a right to it (mode %o)', async (mode) => {
    const { path, files } = await place()
    await writeFile(path, 'text')
    await chmod(path, mode)
    expect(await files.read(path)).toMatchObject({ kind: 'refused', detail: expect.stringContaining(path) })
    expect(await files.read(path, 'may-be-open')).toMatchObject({ kind: 'text' })
  })

  it('is refused as a link or a folder, and absent where nothing is', async () => {
    const { folder, path, files } = await place()
    expect(await files.read(path)).toEqual({ kind: 'absent' })
    expect(await files.read(join(path, 'below'))).toEqual({ kind: 'absent' })
    await writeFile(path, 'text', { mode: 0o600 })
    expect(await files.read(join(path, 'below'))).toEqual({ kind: 'absent' })
    const link = join(folder, 'link')
    await symlink(path, link)
    expect(await files.read(link)).toMatchObject({ kind: 'refused', detail: expect.stringContaining('symbolic link') })
    expect(await files.read(link, 'may-be-open')).toMatchObject({ kind: 'refused' })
    await expect(files.write(link, 'x')).rejects.toThrow('symbolic link')
    await mkdir(join(folder, 'inside'))
    expect(await files.read(join(folder, 'inside'))).toMatchObject({ kind: 'refused' })
  })

  it('may be open in the folder that systemd keeps credentials in, and nowhere else', async () => {
    const { folder, path } = await place()
    const files = privateFiles({ clock: systemClock(), credentialsDirectory: folder })
    await writeFile(path, 'text')
    await chmod(path, 0o440)
    expect(await files.read(path)).toMatchObject({ kind: 'text' })
    await mkdir(join(folder, 'below'))
    await writeFile(join(folder, 'below', 'x'), 'text')
    await chmod(join(folder, 'below', 'x'), 0o440)
    expect(await files.read(join(folder, 'below', 'x'))).toMatchObject({ kind: 'refused' })
  })

  it('can be removed twice, and locked once', async () => {
    const { path, files } = await place()
    await files.write(path, 'text')
    await files.remove(path)
    await files.remove(path)
    expect(await files.read(path)).toEqual({ kind: 'absent' })
    const held = await files.lock(`${path}.lock`)
    expect([held.kind, (await files.lock(`${path}.lock`)).kind]).toEqual(['held', 'busy'])
    if (held.kind === 'held') await held.release()
    expect((await files.lock(`${path}.lock`)).kind).toBe('held')
  })
})
