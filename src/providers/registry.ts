import type { Provider } from '../model/provider.ts'
import { antigravity } from './antigravity/index.ts'
import { claude } from './claude/index.ts'
import { codex } from './codex/index.ts'
import { copilot } from './copilot/index.ts'
import { deepseek } from './deepseek/index.ts'
import { geminiCli } from './gemini-cli/index.ts'
import { nanoGpt } from './nano-gpt/index.ts'
import { openrouter } from './openrouter/index.ts'

/** Every provider, in the order in which they are shown. Adding one is a folder, a line here, and a page in docs/providers/. */
export const providers: readonly Provider[] = [
  antigravity,
  geminiCli,
  claude,
  codex,
  copilot,
  openrouter,
  nanoGpt,
  deepseek,
]
