import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import * as z from 'zod'
import { safeJson } from '../../format/clean.ts'
import { type App, AppError } from '../../model/app.ts'
import { askBest } from '../best-query.ts'
import { forecastAnswer, quotasAnswer } from './answers.ts'

const PROVIDER = z.string().optional().describe('Only this service: claude, codex, antigravity, copilot, …')
const ACCOUNT = z.string().optional().describe('Only this account, by id (claude/work) or name')
const QUOTA = z.string().optional().describe('Only this quota: session, weekly, a model id')

/** Nothing is changed anywhere, and the services are asked as rarely as by every other command. */
const READ_ONLY = { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: true }

const INSTRUCTIONS = `How much is left of this machine's AI accounts, when it comes back, and which account to use next.
Ask best_account before long work, quotas or forecast to pace yourself. Ratios are 0..1 of what is LEFT. null is unknown, not 0.`

/** The tools of `tokstat mcp`. `app` is built at the first question. */
export function createMcpServer(app: () => Promise<App>, version: string, timeZone: string | null): McpServer {
  const server = new McpServer({ name: 'tokstat', version }, { instructions: INSTRUCTIONS })
  server.registerTool(
    'quotas',
    {
      title: 'Quotas',
      description: 'What is left of every AI account: each limit with its share left, its reset and a verdict.',
      inputSchema: { provider: PROVIDER, account: ACCOUNT, quota: QUOTA },
      annotations: READ_ONLY,
    },
    (wanted) => answer(async () => quotasAnswer(await app(), timeZone, wanted)),
  )
  server.registerTool(
    'forecast',
    {
      title: 'Forecast',
      description: 'Whether each limit lasts until its reset at the present pace, and when it runs out if not.',
      inputSchema: { provider: PROVIDER, account: ACCOUNT, quota: QUOTA },
      annotations: READ_ONLY,
    },
    (wanted) => answer(async () => forecastAnswer(await app(), timeZone, wanted)),
  )
  server.registerTool(
    'best_account',
    {
      title: 'Best account',
      description: 'Which account to use next and why, the others in order, and what is out and until when.',
      inputSchema: {
        provider: PROVIDER,
        model: z.string().optional().describe('That can run this model'),
        pool: z.string().optional().describe('For this pool: claude, gemini'),
      },
      annotations: READ_ONLY,
    },
    (query) => answer(async () => askBest(await app(), query)),
  )
  return server
}

/** The answer as text and as data; a mistake of the asker is told as an answer, with what to do. */
async function answer(ask: () => Promise<object>) {
  try {
    const content = { ...(await ask()) }
    return { content: [{ type: 'text' as const, text: safeJson(content) }], structuredContent: content }
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    const text = [error.message, error.hint].filter((part) => part !== null).join(' ')
    return { content: [{ type: 'text' as const, text }], isError: true }
  }
}
