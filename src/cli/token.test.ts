import { describe, expect, it } from 'vitest'
import { cli, fakeApp } from '../../test/helpers/fake-cli.ts'
import { sampleDocument } from '../../test/helpers/sample-document.ts'
import { NOW } from '../../test/helpers/states.ts'
import { plusMs } from '../model/time.ts'

describe('token link', () => {
  const link = { url: 'http://127.0.0.1:8000/tokstat', code: 'a-code', expiresAt: plusMs(NOW, 300_000) }
  const app = fakeApp(sampleDocument, { loginLink: async () => link })

  it('prints the address alone, its code behind the #, and says that it ends soon', async () => {
    const { code, out, err } = await cli('token link', { app })
    expect(code).toBe(0)
    expect(out).toBe('http://127.0.0.1:8000/tokstat/login#code=a-code\n')
    expect(err).toContain('once')
    expect(err).toContain('in 5m')
    expect(err).not.toContain('a-code')
  })

  it('prints it as another machine reaches it', async () => {
    const { out } = await cli('token link --at https://tokstat.example.com/ --json', { app })
    expect(JSON.parse(out)).toMatchObject({ url: 'https://tokstat.example.com/login#code=a-code' })
    for (const at of ['tokstat.example.com', 'javascript:alert(1)', 'https://a.test/#x', 'https://a.test/?q']) {
      expect((await cli(['token', 'link', '--at', at], { app })).code, at).toBe(4)
    }
  })

  it('is the page itself where no token is set', async () => {
    const open = fakeApp(sampleDocument, { loginLink: async () => ({ ...link, code: null, expiresAt: null }) })
    const { out, err } = await cli('token link', { app: open })
    expect(out).toBe('http://127.0.0.1:8000/tokstat/\n')
    expect(err).toContain('No token is set')
  })
})

describe('token new and token path', () => {
  it('name the file and never its content', async () => {
    const asked: unknown[] = []
    const app = fakeApp(sampleDocument, {
      newToken: async (options) => {
        asked.push(options)
        return { file: '/home/x/.config/tokstat/token', configChanged: true, replaced: options.replace }
      },
      tokenFile: async () => '/home/x/.config/tokstat/token',
    })
    const made = await cli('token new', { app })
    expect(made.out).toBe('/home/x/.config/tokstat/token\n')
    expect(made.err).toContain('tokstat token link')
    expect((await cli('token new --replace', { app })).err).toContain('Another token')
    expect(asked).toEqual([{ replace: false }, { replace: true }])
    expect((await cli('token path', { app })).out).toBe('/home/x/.config/tokstat/token\n')
  })

  it('say what to do when there is none', async () => {
    expect(await cli('token path')).toMatchObject({ code: 1, err: expect.stringContaining('tokstat token new') })
  })
})
