import type { Io } from '../cli/io.ts'
import type { ClaudeCodePort } from '../cli/statusline/claude-code.ts'
import { createChildRunner } from '../platform/child.ts'
import { readGuarded, readStableJson } from '../platform/files.ts'
import { keepStatusLine } from './claude-statusline.ts'
import type { Context } from './context.ts'
import { handedFile } from './handed.ts'

/** A status line that takes longer than this is given up, as Claude Code would. */
const LONGEST_RUN_MS = 3_000
/** What does not end when it is told to: in time before we end ourselves. */
const KILL_AFTER_MS = 500
const LONGEST_OUTPUT = 64 * 1024

/**
 * What is done with the document that Claude Code hands to its status line. `onInterrupt`: Claude Code ends a status
 * line that a newer one overtakes; the command that we keep must not outlive us then.
 */
export function openClaudeCodePort(context: Context, onInterrupt: Io['onInterrupt']): ClaudeCodePort {
  const { clock, environment } = context
  return {
    keep: (text) =>
      keepStatusLine(text, {
        environment: {
          platform: environment.platform,
          home: environment.home,
          cwd: environment.cwd,
          claudeConfigDir: environment.owners.claudeConfigDir,
          claudeSecureStorageConfigDir: environment.get('CLAUDE_SECURESTORAGE_CONFIG_DIR'),
        },
        readText: (path, form) => (form === 'json' ? readStableJson(path, clock) : readGuarded(path, clock)),
        file: handedFile(context, 'claude'),
        clock,
      }),
    async run(command, text) {
      const { platform, get, home, cwd } = environment
      // The person's own command, in their own environment: it is what Claude Code would have run.
      const env = Object.fromEntries(
        Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
      )
      const searchPath = get('PATH') ?? ''
      const runner = createChildRunner({
        clock,
        env,
        searchPath,
        platform,
        cwd: cwd || home,
        killAfterMs: KILL_AFTER_MS,
      })
      const [shell, flag] = platform === 'win32' ? ['cmd', '/c'] : ['sh', '-c']
      const limits = { timeoutMs: LONGEST_RUN_MS, maxBytes: LONGEST_OUTPUT, input: text }
      const interruption = new AbortController()
      const stop = onInterrupt(() => interruption.abort())
      const run = await runner(shell, [flag, command], limits, interruption.signal)
      stop()
      return run.kind === 'done' ? run.stdout : null
    },
  }
}
