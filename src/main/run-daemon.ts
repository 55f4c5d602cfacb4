import { setFlagsFromString } from 'node:v8'
import type { SourceReport } from '../model/credential.ts'
import type { Engine } from '../model/engine.ts'
import { providers } from '../providers/registry.ts'
import { demoCommand } from './called-as.ts'
import { type Daemon, type DaemonOptions, startDaemon } from './serve.ts'

/** A signal that follows another one this closely is the same one, told twice. */
const SAME_SIGNAL_MS = 1_000
/** How long a stop may take before it is forced. */
const STOP_LIMIT_MS = 5_000

export interface RunOptions extends DaemonOptions {
  /** Called when no account was found: asks whoever sits at the terminal. */
  readonly offerLogin?: () => Promise<void>
  /** Whether it is over when the terminal that started it goes away; default: it goes on. */
  readonly endsWithTerminal?: boolean
}

/** `tokstat serve`: starts the daemon, says where to look, and runs until a signal. Resolves with the exit code. */
export async function runDaemon(options: RunOptions): Promise<number> {
  keepYoungHeapSmall()
  // From here on, so that a signal in the middle of the start is an end in order too.
  const told = untilToldToStop(options.endsWithTerminal ?? false)
  const daemon = await startDaemon(options)
  process.stderr.write(`${welcome(daemon, options).join('\n')}\n`)
  if (daemon.engine.board().accounts.length === 0) void options.offerLogin?.()
  await told
  options.log.info('stopping')
  await stopSoon(daemon)
  return 0
}

/**
 * A daemon makes the same short-lived objects for months, and V8 would let the space for them grow to dozens of
 * megabytes. Kept as it is at the start, 100 accounts polled every 5 s take 170 MB instead of 270 (Node 24.21), at no
 * cost that the benchmarks show. The growth factor is the one such flag that V8 reads while it runs.
 */
function keepYoungHeapSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1')
}

/** What a person reads first: where it answers, what was found, and when nothing was, what to do. */
function welcome({ url, engine }: Pick<Daemon, 'url' | 'engine'>, options: DaemonOptions): readonly string[] {
  const upstream = options.context.environment.upstream?.origin ?? null
  return [
    `tokstat ${options.version} answers at ${url}`,
    `  ${url}/metrics for Prometheus, ${url}/api/openapi.json for the API`,
    ...(upstream === null ? [] : [`  TOKSTAT_UPSTREAM is set: requests go to ${upstream}, not to the services`]),
    ...found(engine, url),
  ]
}

function found(engine: Engine, url: string): readonly string[] {
  const { accounts } = engine.board()
  if (accounts.length > 0) {
    const counts = providers.flatMap((provider) => {
      const count = accounts.filter(({ account }) => account.provider === provider.id).length
      return count === 0 ? [] : [`${provider.title} ${count}`]
    })
    return [
      `  ${accounts.length} ${accounts.length === 1 ? 'account' : 'accounts'}: ${counts.join(', ')}. Stop with Ctrl-C.`,
    ]
  }
  return [
    '  No account found yet. These places were looked at, and are watched:',
    ...engine.sources().map((report) => `    ${report.place} (${stateOf(report)})`),
    '  Sign in with one of these tools, and it appears here by itself:',
    ...providers.map((provider) => `    ${provider.title}: ${provider.signIn}`),
    `  To look around without an account, in another terminal: ${demoCommand()}`,
    `  This tokstat answers at ${url}; stop with Ctrl-C.`,
  ]
}

function stateOf({ state, detail }: SourceReport): string {
  return detail ?? (state === 'absent' ? 'not there' : state)
}

/** Resolves at the first signal; a second one ends the process at once. */
function untilToldToStop(endsWithTerminal: boolean): Promise<void> {
  return new Promise((done) => {
    let toldAt: number | null = null
    const stop = (): void => {
      // npm and a terminal may both pass on one Ctrl-C: what comes at once is the same one.
      if (toldAt !== null && performance.now() - toldAt < SAME_SIGNAL_MS) return
      if (toldAt !== null) process.exit(1)
      toldAt = performance.now()
      done()
    }
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop)
    // A daemon outlives the terminal that started it; and who asks for the settings to be read again has them already.
    process.on('SIGHUP', endsWithTerminal ? stop : () => undefined)
    process.stdout.on('error', () => undefined)
    process.stderr.on('error', () => undefined)
  })
}

async function stopSoon(daemon: Daemon): Promise<void> {
  const forced = setTimeout(() => process.exit(1), STOP_LIMIT_MS)
  await daemon.stop()
  clearTimeout(forced)
}
