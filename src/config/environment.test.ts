import { inspect } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AppError } from '../model/app.ts'
import { parseDotenv } from './dotenv.ts'
import { readEnvironment } from './environment.ts'
import { resolvePaths } from './paths.ts'
import { machine } from './testing.ts'

describe('a .env file', () => {
  const read = (text: string) => Object.fromEntries(parseDotenv(text).values)

  it('knows quotes, export, comments, CRLF and a byte order mark', () => {
    const text = [
      '\uFEFF# comment',
      'A=1',
      'export B = two words # remark',
      'C="a\\n\\"b\\" # kept" # remark',
      "D='$raw \\n'",
      'E=',
      'F=a#b=c',
      '',
    ].join('\r\n')
    expect(read(text)).toEqual({ A: '1', B: 'two words', C: 'a\n"b" # kept', D: '$raw \\n', E: '', F: 'a#b=c' })
  })

  it('loses one broken line and no other, and quotes no value', () => {
    const parsed = parseDotenv("A=1\nfake-canary\nB=\"fake-canary\nC='x' fake-canary\n9X=1\nD=2")
    expect([...parsed.values]).toEqual([
      ['A', '1'],
      ['D', '2'],
    ])
    expect(parsed.problems.map((problem) => problem.line)).toEqual([2, 3, 4, 5])
    expect(JSON.stringify(parsed.problems)).not.toContain('canary')
  })

  it('never throws, and a good line survives anything before and after it', () => {
    const line = fc.string({ unit: 'binary' }).filter((text) => !/[\r\n]|GOOD/.test(text))
    fc.assert(
      fc.property(fc.array(line), fc.array(line), (before, after) => {
        expect(parseDotenv([...before, 'GOOD=yes', ...after].join('\n')).values.get('GOOD')).toBe('yes')
      }),
    )
  })
})

describe('precedence', () => {
  it('is the real environment, then .env beside config.toml, then ./.env', () => {
    const pc = machine()
    pc.put('~/.config/tokstat/.env', 'GOOGLE_CLIENT_ID=beside\nGEMINI_CLIENT_ID=beside')
    pc.put('.env', 'GOOGLE_CLIENT_ID=cwd\nGEMINI_CLIENT_ID=cwd\nGEMINI_CLIENT_SECRET=cwd')
    const environment = pc.environment({ GOOGLE_CLIENT_ID: 'real' })
    const names = ['GOOGLE_CLIENT_ID', 'GEMINI_CLIENT_ID', 'GEMINI_CLIENT_SECRET', 'NOTHING']
    expect(names.map(environment.get)).toEqual(['real', 'beside', 'cwd', null])
    expect(names.map(environment.originOf)).toEqual(['environment', '.env', './.env', null])
  })

  it('takes only the four Google names from ./.env, and only known ones from the other', () => {
    const pc = machine()
    pc.put('.env', 'GOOGLE_CLIENT_ID=x\nOPENROUTER_API_KEY=x\nTOKSTAT_UPSTREAM=http://127.0.0.1:1\nTOKSTAT_PORT=1')
    pc.put('~/.config/tokstat/.env', 'DEEPSEEK_API_KEY=x\nPATH=/evil\nTOKSTAT_CONFIG=/evil\nNODE_OPTIONS=x')
    const environment = pc.environment()
    expect(environment.get('GOOGLE_CLIENT_ID')).toBe('x')
    expect(environment.get('DEEPSEEK_API_KEY')).toBe('x')
    for (const name of ['OPENROUTER_API_KEY', 'TOKSTAT_PORT', 'PATH', 'TOKSTAT_CONFIG', 'NODE_OPTIONS']) {
      expect(environment.get(name), name).toBeNull()
    }
    expect(environment.upstream).toBeNull()
  })

  it('counts an empty value as unset', () => {
    const pc = machine()
    pc.put('~/.config/tokstat/.env', 'CODEX_HOME=/from/file\nCLAUDE_CONFIG_DIR=')
    const environment = pc.environment({ CODEX_HOME: '', NO_COLOR: '' })
    expect(environment.owners).toMatchObject({ codexHome: '/from/file', claudeConfigDir: null })
    expect(environment.color.noColor).toBe(false)
  })

  it('names a broken line beside config.toml, and is silent about another project’s file', () => {
    const pc = machine()
    pc.put('~/.config/tokstat/.env', 'GOOGLE_CLIENT_ID=ok\nbroken')
    pc.put('.env', 'broken too')
    const environment = pc.environment()
    expect(environment.problems).toMatchObject([{ path: expect.stringContaining('.config/tokstat/.env'), line: 2 }])
    expect(environment.get('GOOGLE_CLIENT_ID')).toBe('ok')
  })
})

describe('secrets of the environment', () => {
  it('are in no print of it', () => {
    const environment = machine().environment({
      GOOGLE_CLIENT_ID: 'id',
      GOOGLE_CLIENT_SECRET: 'fake-canary',
      TOKSTAT_PASSPHRASE: 'fake-canary',
      OPENROUTER_API_KEY: 'fake-canary',
      HTTPS_PROXY: 'http://ada:fake-canary@proxy.example:1',
    })
    expect(inspect(environment, { depth: 9 }) + JSON.stringify(environment)).not.toContain('canary')
    expect(environment.secret('OPENROUTER_API_KEY')?.reveal()).toBe('fake-canary')
    expect(environment.proxyVariables()['HTTPS_PROXY']).toContain('fake-canary')
  })

  it('come in pairs for OAuth clients, our own names first', () => {
    const { googleClients } = machine().environment({
      ANTIGRAVITY_OAUTH_CLIENT_ID: 'other-id',
      ANTIGRAVITY_OAUTH_CLIENT_SECRET: 's',
      GOOGLE_CLIENT_ID: 'own-id',
      GOOGLE_CLIENT_SECRET: 's',
      GEMINI_CLIENT_ID: 'without a secret',
    })
    expect(googleClients.antigravity.map(({ id, origin }) => [id, origin])).toEqual([
      ['own-id', 'GOOGLE_CLIENT_ID'],
      ['other-id', 'ANTIGRAVITY_OAUTH_CLIENT_ID'],
    ])
    expect(googleClients.geminiCli).toEqual([])
  })
})

describe('TOKSTAT_UPSTREAM', () => {
  it.each(['http://127.0.0.1:9999', 'http://localhost:1/', 'http://[::1]:80', 'http://127.8.8.8:5'])(
    'takes %s',
    (url) => {
      expect(machine().environment({ TOKSTAT_UPSTREAM: url }).upstream?.protocol).toBe('http:')
    },
  )

  it.each([
    'https://127.0.0.1:1',
    'http://10.0.0.1:1',
    'http://127.0.0.1.example:1',
    'http://example.com',
    'http://ada:pw@127.0.0.1:1',
    'http://127.0.0.1:1/path',
    '127.0.0.1:9999',
    'file:///etc/passwd',
  ])('refuses %s with exit code 4', (url) => {
    const start = () => machine().environment({ TOKSTAT_UPSTREAM: url })
    expect(start).toThrow(AppError)
    expect(start).toThrow(
      expect.objectContaining({ exitCode: 4, message: expect.stringContaining('TOKSTAT_UPSTREAM') }),
    )
  })
})

describe('paths', () => {
  const at = (env: Record<string, string>, platform: NodeJS.Platform = 'linux', home = '/home/ada') =>
    resolvePaths(readEnvironment({ env, cwd: '/nowhere', platform, home }))

  it('are the XDG defaults', () => {
    expect(at({})).toEqual({
      config: '/home/ada/.config/tokstat/config.toml',
      dotenv: '/home/ada/.config/tokstat/.env',
      accounts: '/home/ada/.config/tokstat/accounts.json',
      vault: '/home/ada/.config/tokstat/vault.age',
      vaultKey: '/home/ada/.config/tokstat/vault.key.age',
      data: '/home/ada/.local/share/tokstat',
      history: '/home/ada/.local/share/tokstat/history.db',
      state: '/home/ada/.local/state/tokstat',
      engineLock: '/home/ada/.local/state/tokstat/engine.lock',
      board: '/home/ada/.local/state/tokstat/board.json',
      shownBoard: '/home/ada/.local/state/tokstat/board.shown.json',
      cooldowns: '/home/ada/.local/state/tokstat/cooldowns.json',
      settings: '/home/ada/.local/state/tokstat/settings.json',
      runtime: '/home/ada/.local/state/tokstat/run',
      daemon: '/home/ada/.local/state/tokstat/run/daemon.json',
    })
  })

  it('follow the variables, and ignore a relative XDG folder', () => {
    const paths = at({
      XDG_CONFIG_HOME: '/c',
      XDG_DATA_HOME: 'relative',
      XDG_STATE_HOME: '/s',
      XDG_RUNTIME_DIR: '/run/user/1000',
      TOKSTAT_CONFIG: '/etc/tokstat/my.toml',
    })
    expect(paths).toMatchObject({
      config: '/etc/tokstat/my.toml',
      dotenv: '/etc/tokstat/.env',
      accounts: '/c/tokstat/accounts.json',
      data: '/home/ada/.local/share/tokstat',
      board: '/s/tokstat/board.json',
      daemon: '/run/user/1000/tokstat/daemon.json',
    })
  })

  it('are the ones of Windows there', () => {
    const env = { APPDATA: 'C:\\Users\\ada\\Roaming', LOCALAPPDATA: 'C:\\Users\\ada\\Local' }
    expect(at(env, 'win32', 'C:\\Users\\ada')).toMatchObject({
      config: 'C:\\Users\\ada\\Roaming\\tokstat\\config.toml',
      data: 'C:\\Users\\ada\\Local\\tokstat\\data',
      board: 'C:\\Users\\ada\\Local\\tokstat\\state\\board.json',
      daemon: 'C:\\Users\\ada\\Local\\tokstat\\run\\daemon.json',
    })
  })
})
