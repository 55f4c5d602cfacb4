import type { LocalHost } from '../model/provider.ts'
import { createChildRunner } from '../platform/child.ts'
import { createLoopbackAsk } from '../platform/loopback.ts'
import { passedOn } from '../platform/passed-on.ts'
import { createPrograms } from '../platform/programs.ts'
import type { Context } from './context.ts'

/** What an owner's command needs to find its own login, its keyring and its way out; nothing of tokstat's goes along. */
const PASSED_ON: readonly string[] = [
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'LANG',
  'LC_ALL',
  'TZ',
  'TMPDIR',
  'XDG_CONFIG_HOME',
  'XDG_DATA_HOME',
  'XDG_CACHE_HOME',
  'XDG_RUNTIME_DIR',
  'DBUS_SESSION_BUS_ADDRESS',
  'GEMINI_CLI_HOME',
  'CODEX_HOME',
  'HTTPS_PROXY',
  'HTTP_PROXY',
  'NO_PROXY',
  'NODE_EXTRA_CA_CERTS',
  'APPDATA',
  'LOCALAPPDATA',
  'USERPROFILE',
  'SystemRoot',
  'TEMP',
  'PATHEXT',
  'ComSpec',
]

/** This machine's programs, for providers that can ask them. */
export function openLocalHost({ environment, clock }: Context): LocalHost {
  const { get, platform, home } = environment
  // Git for Windows would turn the argument `/usage` into a path.
  const env = { ...passedOn(PASSED_ON, get), NO_COLOR: '1', MSYS_NO_PATHCONV: '1' }
  const runOwner = createChildRunner({ clock, env, searchPath: get('PATH') ?? '', platform, cwd: home })
  return { ...createPrograms({ platform, runTool: runOwner }), ask: createLoopbackAsk(clock), runOwner }
}
