import { render } from 'ink'
import type { LiveUpdate } from '../model/app.ts'
import { Dashboard } from './controller.ts'
import { DashboardScreen } from './screens/DashboardScreen.tsx'
import type { DashboardDeps } from './session.ts'
import { failure } from './ui-state.ts'

/** The terminal, as node has it. */
export interface Terminal {
  readonly stdin: NodeJS.ReadStream
  readonly stdout: NodeJS.WriteStream
  readonly stderr: NodeJS.WriteStream
}

export interface RunningDashboard {
  /** What the live session tells. */
  update(event: LiveUpdate): void
  /** Ends it as `q` does. */
  quit(): void
  /** Ends it with an error, the terminal restored. */
  fail(error: unknown): void
  /** Resolves when its user has left and the terminal is as it was; rejects after `fail`. */
  readonly done: Promise<void>
}

/** Shows the dashboard in the alternate screen until its user leaves. A login happens on the normal one in between. */
export function startDashboard(deps: DashboardDeps, terminal: Terminal): RunningDashboard {
  const dashboard = new Dashboard(deps)
  let fail: (error: unknown) => void = () => undefined
  const failed = new Promise<never>((_resolve, reject) => {
    fail = reject
  })
  const done = Promise.race([showUntilLeft(dashboard, deps, terminal, failed), failed])
  return {
    update: (event) => dashboard.update(event),
    quit: () => dashboard.quit(),
    fail: (error) => fail(error),
    done,
  }
}

/** The alternate screen (again, where a killed program has left it on), empty, the cursor at home. */
const FROM_HOME = '\u001b[?1049h\u001b[2J\u001b[H'

async function showUntilLeft(
  dashboard: Dashboard,
  deps: DashboardDeps,
  terminal: Terminal,
  failed: Promise<never>,
): Promise<void> {
  for (;;) {
    const leaving = await showOnce(dashboard, terminal, failed)
    if (leaving.kind === 'quit') return
    try {
      const text = await deps.login(leaving.provider, leaving.name)
      dashboard.say({ text, tone: 'fine' })
    } catch (error) {
      dashboard.say(failure(error, 'The login did not work.'))
    }
  }
}

async function showOnce(dashboard: Dashboard, terminal: Terminal, failed: Promise<never>) {
  // Ink enters the alternate screen but draws from wherever the cursor is: home first, or rows are lost at the top.
  terminal.stdout.write(FROM_HOME)
  dashboard.start()
  const screen = render(<DashboardScreen dashboard={dashboard} />, {
    ...terminal,
    alternateScreen: true,
    incrementalRendering: true,
    interactive: true,
    exitOnCtrlC: false,
    patchConsole: false,
    maxFps: 20,
  })
  try {
    // Ink ends by itself when a component throws; then its error is the one to tell.
    return await Promise.race([
      dashboard.left(),
      failed,
      screen.waitUntilExit().then(() => ({ kind: 'quit' as const })),
    ])
  } finally {
    dashboard.stop()
    screen.unmount()
    await screen.waitUntilExit().catch(() => undefined)
    screen.cleanup()
  }
}
