import type { Source } from '../ports.ts'
import { antigravityAccounts } from './antigravity-accounts.ts'
import { cliProxyApi } from './cli-proxy-api.ts'
import { env } from './env.ts'
import { geminiCli } from './gemini-cli.ts'
import { gh } from './gh.ts'
import { githubCopilot } from './github-copilot.ts'
import { opencode } from './opencode.ts'

/** Every source there is. One line each; a test holds it equal to the files of this folder. */
export const SOURCES: readonly Source[] = [
  antigravityAccounts,
  opencode,
  geminiCli,
  cliProxyApi,
  githubCopilot,
  gh,
  env,
]
