import type { Io } from '../cli/io.ts'
import { openDialog } from '../cli/login-dialog.ts'
import { type App, AppError } from '../model/app.ts'

/** Services that tokstat itself can log in to, as they are typed. */
const OFFERED = ['antigravity', 'gemini-cli', 'copilot', 'openrouter', 'nano-gpt', 'deepseek']

/**
 * A daemon that found no account offers to log in to one, where somebody sits at a terminal; elsewhere it waits for a
 * login to appear. Enter goes on without; Ctrl-C ends the daemon as it does everywhere else. Never rejects.
 */
export async function offerLogin(login: App['login'], io: Io, stop: () => void): Promise<void> {
  if (!io.stdin.isTTY || !io.stderr.isTTY) return
  const { dialog, close } = openDialog(io)
  try {
    const question = `Log in to one now? Type ${OFFERED.join(', ')}, or press Enter to go on: `
    const answer = await dialog.ask(question, { hidden: false, signal: dialog.signal })
    const provider = answer?.trim() ?? ''
    if (provider === '') return
    const options = { provider, name: null, replace: false, browser: true, keyFromStdin: false }
    const account = await login(options, dialog)
    dialog.say(`Successfully authenticated: ${account.id}. It appears here in a moment.`)
  } catch (error) {
    if (dialog.signal.aborted) return
    const known = error instanceof AppError ? error : null
    dialog.say(known === null ? 'The login failed.' : `${known.message} ${known.hint ?? ''}`.trim())
    dialog.say('Try again in another terminal: tokstat login <service>')
  } finally {
    close()
    if (dialog.signal.aborted) stop()
  }
}
