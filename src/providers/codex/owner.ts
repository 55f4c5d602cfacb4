import { QuotaError } from '../../model/problem.ts'
import type { OwnerHost, OwnerProgram, OwnerRun, RunOwner } from '../../model/provider.ts'
import { parseJson } from '../shared/parse-json.ts'
import { TITLE } from './ask.ts'
import { type OwnerAnswers, parseAnswers } from './owner-parse.ts'
import type { Settings } from './schema.ts'

/** Read-only, and it asks nobody for an approval that no one could give. */
const ARGS = ['-s', 'read-only', '-a', 'never', 'app-server']
const LIMITS = { timeoutMs: 20_000, maxBytes: 1024 * 1024 }

/** The parts of the conversation, in order: each is asked when the one before it is answered. */
const QUESTIONS = [
  { name: 'initialize', method: 'initialize' },
  { name: 'limits', method: 'account/rateLimits/read' },
  { name: 'account', method: 'account/read' },
] as const

/**
 * The Codex CLI itself (`codex app-server`, JSON lines on stdio): it renews its own login when that is due, which nobody
 * else may do. Not the program of a login that it would not use itself.
 */
export const owner: OwnerProgram<Settings> = {
  async ask(credential, host) {
    return credential.extra['program'] === PROGRAM ? converse(host.runOwner, host) : null
  },
  parse: parseAnswers,
}

/** What the source writes for the login that `codex` itself uses. */
const PROGRAM = 'codex'

async function converse(runOwner: RunOwner, { signal, version }: OwnerHost<Settings>): Promise<OwnerAnswers> {
  let asked = 0
  const next = (stdout: string): string | null => {
    if (asked > 0 && !answersIn(stdout).has(asked)) return ''
    const question = QUESTIONS[asked]
    if (question === undefined) return null
    asked += 1
    const params = asked === 1 ? { clientInfo: { name: 'tokstat', version } } : {}
    const begun = asked === 2 ? line({ method: 'initialized', params: {} }) : ''
    return begun + line({ id: asked, method: question.method, params })
  }
  const answers = answersIn(outputOf(await runOwner(PROGRAM, ARGS, { ...LIMITS, converse: next }, signal)))
  return { limits: answers.get(2) ?? null, account: answers.get(3) ?? null }
}

function line(message: object): string {
  return `${JSON.stringify(message)}\n`
}

/** Complete lines with an id, by it. Notifications have none; a line that is no JSON is some other talk. */
function answersIn(stdout: string): ReadonlyMap<unknown, unknown> {
  const lines = stdout.slice(0, stdout.lastIndexOf('\n') + 1).split('\n')
  return new Map(
    lines.flatMap((text) => {
      const parsed = parseJson(text)
      return parsed.state === 'ok' && 'id' in parsed.value ? [[parsed.value.id, parsed.value] as const] : []
    }),
  )
}

function outputOf(run: OwnerRun): string {
  if (run.kind === 'done') return run.stdout
  const isTime = run.kind === 'timeout' || run.kind === 'stopped'
  throw new QuotaError({
    code: isTime ? 'timeout' : 'unexpected_response',
    message: isTime ? `${TITLE} itself took too long to answer.` : `${TITLE} itself could not be asked.`,
    hint: 'Run `codex` once and look whether it is signed in.',
    endpoint: 'app_server',
  })
}
