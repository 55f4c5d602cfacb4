import { spawn } from 'node:child_process'
import { passedOn } from './passed-on.ts'

export interface DesktopOptions {
  readonly platform: NodeJS.Platform
  /** The value of a variable of the environment; null when it is not set. */
  readonly get: (name: string) => string | null
}

/** What a program that is started gets of our environment: nothing that may hold a secret (L09). */
const PASSED_ON = [
  'PATH',
  'HOME',
  'USERPROFILE',
  'SYSTEMROOT',
  'LANG',
  'DISPLAY',
  'XAUTHORITY',
  'WAYLAND_DISPLAY',
  'XDG_RUNTIME_DIR',
  'XDG_CURRENT_DESKTOP',
  'XDG_DATA_DIRS',
  'DBUS_SESSION_BUS_ADDRESS',
  'BROWSER',
] as const

const PATIENCE_MS = 5_000

/** The browser and the clipboard of the person at this machine. Neither method ever rejects. */
export function desktop({ platform, get }: DesktopOptions): {
  readonly hasDisplay: boolean
  openBrowser(url: string): Promise<boolean>
  copy(text: string): Promise<boolean>
} {
  const env = passedOn(PASSED_ON, get)
  const isRemote = get('SSH_CONNECTION') !== null || get('SSH_TTY') !== null
  const hasScreen = platform !== 'linux' || get('DISPLAY') !== null || get('WAYLAND_DISPLAY') !== null
  return {
    hasDisplay: hasScreen && !isRemote,
    openBrowser: (url) => run(browserOf(platform, url), null, env),
    async copy(text) {
      for (const command of clipboardsOf(platform)) if (await run(command, text, env)) return true
      return false
    },
  }
}

type Command = readonly [program: string, ...args: string[]]

function browserOf(platform: NodeJS.Platform, url: string): Command {
  if (platform === 'darwin') return ['open', url]
  // Not `cmd /c start`: an & in the address would end the command.
  return platform === 'win32' ? ['rundll32', 'url.dll,FileProtocolHandler', url] : ['xdg-open', url]
}

function clipboardsOf(platform: NodeJS.Platform): readonly Command[] {
  if (platform === 'darwin') return [['pbcopy']]
  if (platform === 'win32') return [['clip']]
  return [['wl-copy'], ['xclip', '-selection', 'clipboard'], ['xsel', '--clipboard', '--input']]
}

/** Whether the program could be started and did not fail. One that is still running after 5 s has not failed. */
function run([program, ...args]: Command, input: string | null, env: NodeJS.ProcessEnv): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      env,
      detached: true,
      stdio: [input === null ? 'ignore' : 'pipe', 'ignore', 'ignore'],
    })
    const timer = setTimeout(() => resolve(true), PATIENCE_MS)
    timer.unref()
    child.on('error', () => {
      clearTimeout(timer)
      resolve(false)
    })
    child.on('exit', (code) => {
      clearTimeout(timer)
      resolve(code === 0)
    })
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(input ?? '')
    child.unref()
  })
}
