/**
 * kill -9 of the whole daemon at random moments, also while it starts, with services whose numbers never rest and
 * readers who never stop asking (D11, A07, A08): what its API had shown is there after the next start, every message
 * arrives under one id, and the file is sound.
 */
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openDatabase } from '../../src/history/database.ts'
import { createWorld } from '../../src/simulator/world.ts'
import { KILL_SEED, killMoments, killRounds } from '../helpers/kills.ts'
import { createMachine, type Daemon, daemonOf, type Machine } from '../helpers/machine.ts'
import { stopPrograms } from '../helpers/program.ts'
import { type Receiver, startReceiver } from '../helpers/receiver.ts'
import { loggedAlerts, rememberShown, type Shown } from '../helpers/shown.ts'
import { until } from '../helpers/wait.ts'

const ROUNDS = killRounds(30, 5)
const ACCOUNTS = 8
/** The longest a round lives, and how many are killed before they answer. */
const LONGEST_MS = 1_500
const EARLY_SHARE = 0.15
/** How long an account is spent, and then has something left: long enough for the readings that an alert wants. */
const PHASE_MS = 700
const CHANGE_EVERY_MS = 60

let machine: Machine
let receiver: Receiver
let load: NodeJS.Timeout

beforeEach(async () => {
  receiver = await startReceiver()
  machine = await createMachine({
    world: createWorld({ seed: KILL_SEED, accounts: { antigravity: ACCOUNTS } }),
    providers: ['antigravity'],
    config: `[polling]
timeout = "2s"

[providers.antigravity]
interval = "0.2s"

[[alerts]]
name = "back"
when = "recovered"
for = "1 readings"
notify = ["ops"]

[[alerts]]
name = "spent"
when = "exhausted"
for = "1 readings"
notify = []

[channels.ops]
type = "alertmanager"
url = "${receiver.url}"
`,
  })
})
afterEach(async () => {
  clearInterval(load)
  await stopPrograms()
  await receiver.close()
  await machine.remove()
})

/** Every account is spent for a while and then not, each at its own time, and never says the same number twice. */
function startLoad(random: () => number): void {
  const { world } = machine
  load = setInterval(() => {
    world.accounts.forEach((account, index) => {
      const isSpent = Math.floor(performance.now() / PHASE_MS + index / ACCOUNTS) % 2 === 0
      world.setRemaining(account, '3p.5h', isSpent ? 0 : 0.5 + random() / 2)
      world.setRemaining(account, 'gemini.5h', 0.3 + random() / 2)
    })
  }, CHANGE_EVERY_MS)
}

/** One life of the daemon: some are cut before it answers, the others are watched until they are. */
async function killedAfter(delayMs: number, isEarly: boolean, shown: Shown): Promise<void> {
  const since = new Date()
  const program = machine.start(['serve', '--port', '0'])
  const kill = (): void => program.signal('SIGKILL')
  if (isEarly) setTimeout(kill, delayMs)
  else await watch(await daemonOf(program), { delayMs, kill, since }, shown)
  expect((await program.ended).signal).toBe('SIGKILL')
}

interface Life {
  readonly since: Date
  readonly delayMs: number
  kill(): void
}

async function watch(daemon: Daemon, { since, delayMs, kill }: Life, shown: Shown): Promise<void> {
  // Before anything new can be shown: what the lives before had shown.
  expect(await shown.missing(daemon)).toEqual([])
  setTimeout(kill, delayMs)
  for (;;) {
    try {
      await shown.look(daemon, since)
    } catch {
      return
    }
  }
}

function integrity(): unknown {
  const db = openDatabase(machine.path('.local/share/tokstat/history.db'))
  try {
    return db.get('PRAGMA integrity_check')?.['integrity_check']
  } finally {
    db.close()
  }
}

/** Ids under which the messages arrived. */
function told(): ReadonlySet<string> {
  return new Set(receiver.got.flatMap(({ body }) => JSON.parse(body).map((one: Told) => one.annotations.id)))
}

interface Told {
  readonly annotations: { readonly id: string }
}

it(
  `loses nothing that was shown in ${ROUNDS} kills of a busy daemon, with seed ${KILL_SEED}`,
  async () => {
    const random = killMoments()
    const shown = rememberShown()
    startLoad(random)
    let early = 0
    for (let round = 0; round < ROUNDS; round += 1) {
      const isEarly = random() < EARLY_SHARE
      if (isEarly) early += 1
      await killedAfter(random() * LONGEST_MS, isEarly, shown)
      expect(integrity()).toBe('ok')
    }
    clearInterval(load)
    const last = await machine.serve()
    expect(await shown.missing(last)).toEqual([])
    const back = (await loggedAlerts(last)).filter(({ rule }) => rule === 'back')
    // What is about a window that has ended is not sent any more (A13); everything else is.
    const wanted = back.filter(({ resetsAt }) => Date.parse(resetsAt ?? '') > Date.now()).map(({ id }) => id)
    const isAllTold = (): boolean => {
      const ids = told()
      return wanted.every((id) => ids.has(id))
    }
    await until('every message', isAllTold, 90_000)
    const logged = new Set(back.map(({ id }) => id))
    expect([...told()].filter((id) => !logged.has(id))).toEqual([])
    console.info(
      `${ROUNDS} kills, ${early} of them before it answered: ${shown.values} values, ${shown.samples} samples and ` +
        `${shown.alerts} alerts had been shown; ${receiver.got.length} messages told of ${told().size} of ${back.length} alerts; the windows of the others had ended.`,
    )
    expect(shown.values).toBeGreaterThan(ROUNDS * ACCOUNTS)
    expect(wanted.length).toBeGreaterThan(ROUNDS / 2)
  },
  ROUNDS * 20_000,
)
