import type { Source } from '../ports.ts'
import { antigravityAccounts } from './antigravity-accounts.ts'
import { antigravityIde } from './antigravity-ide.ts'
import { claudeCode } from './claude-code.ts'
import { cliProxyApi } from './cli-proxy-api.ts'
import { codexCli } from './codex-cli.ts'
import { env } from './env.ts'
import { geminiCli } from './gemini-cli.ts'
import { gh } from './gh.ts'
import { githubCopilot } from './github-copilot.ts'
import { opencode } from './opencode.ts'
import { vault } from './vault.ts'

/** Every source there is. One line each; a test holds it equal to the files of this folder. */
export const SOURCES: readonly Source[] = [
  antigravityAccounts,
  antigravityIde,
  claudeCode,
  codexCli,
  opencode,
  geminiCli,
  cliProxyApi,
  githubCopilot,
  gh,
  env,
  vault,
]
