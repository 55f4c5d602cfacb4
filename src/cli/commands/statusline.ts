import type { CliCommand } from '../command.ts'
import { ACCOUNT_OPTION, PROVIDER_OPTION } from '../read-accounts.ts'
import { printStatusLine } from '../statusline/line.ts'
import { PLACES } from '../statusline/places.ts'
import { QUOTA_TOKENS, WHOLE_TOKENS } from '../statusline/tokens.ts'

const TOKENS = [...Object.keys(WHOLE_TOKENS), ...Object.keys(QUOTA_TOKENS)].map((name) => `{${name}}`).join(' ')

/** `tokstat statusline`: from the last readings, at once; it asks nobody. */
export const statusline: CliCommand = {
  options: [
    { flags: '--format <text>', description: `what to show: ${TOKENS}; of one account: {left:claude:weekly}` },
    { flags: '--for <place>', description: `colours and marks of ${PLACES.join(', ')}`, choices: PLACES },
    PROVIDER_OPTION,
    ACCOUNT_OPTION,
    { flags: '--claude-code', description: "as Claude Code's status line: keeps the limits it is handed" },
    { flags: '--keep <command>', description: 'with --claude-code: the status line you had, shown first' },
  ],
  examples: [
    ['tokstat statusline --for tmux', 'in the status line of tmux'],
    ["tokstat statusline --provider claude --format '{mark} {left}'", 'one service, short'],
    ['tokstat statusline --json', 'for waybar and i3blocks'],
    ['tokstat statusline --claude-code', 'in the settings of Claude Code'],
  ],
  run: ({ options, json, io, readBoardFile, claudeCode }) =>
    printStatusLine({
      flags: {
        format: options.text('format'),
        json,
        place: options.text('for'),
        provider: options.text('provider'),
        account: options.text('account'),
        claudeCode: options.has('claudeCode'),
        before: options.text('keep'),
      },
      io,
      readBoardFile,
      claudeCode,
    }),
}
