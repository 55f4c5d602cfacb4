/** `tokstat explain` claims to list every file that is written: what lies there afterwards says whether it does. */
import { readdir, writeFile } from 'node:fs/promises'
import { basename, join, matchesGlob } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { ExplainReport } from '../../src/model/app.ts'
import { createWorld } from '../../src/simulator/world.ts'
import { createMachine, FAST_POLLING, type Machine } from '../helpers/machine.ts'
import { stopPrograms } from '../helpers/program.ts'
import { until } from '../helpers/wait.ts'

/** Below which names a home holds what is ours. */
const OURS = /(^|\/)tokstat\//
/** SQLite's own side files lie beside a database, and live and end with it; so does a file before its rename. */
const SIDE_FILE = /-(wal|shm|journal)$|\.\d+\.[0-9a-f]{12}\.tmp$/
/** What the test itself has put there. */
const OF_THE_TEST = /\/\.config\/tokstat\/(config\.toml|\.env)$/

let machine: Machine

afterEach(async () => {
  await stopPrograms()
  await machine.remove()
})

async function ownFiles(): Promise<readonly string[]> {
  const entries = await readdir(machine.home, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => OURS.test(path.slice(machine.home.length)))
}

describe('tokstat explain', () => {
  it('lists every file that a daemon with privacy and a token leaves behind', async () => {
    const world = createWorld({ seed: 6, accounts: { antigravity: 2, claude: 1 } })
    machine = await createMachine({ world, providers: ['antigravity', 'claude'] })
    const tokenFile = machine.path('token')
    await writeFile(tokenFile, 'a-token-for-this-test-only', { mode: 0o600 })
    await machine.writeConfig(`${FAST_POLLING}\n[privacy]\nenabled = true\n[server]\ntoken_file = "${tokenFile}"\n`)
    const daemon = await machine.serve()
    const authorization = 'Bearer a-token-for-this-test-only'
    await daemon.get('/api/v1/session', { method: 'POST', headers: { authorization } })
    await until('a reading is kept', async () => (await ownFiles()).some((path) => path.endsWith('/history.db')))
    const during = await ownFiles()
    daemon.program.signal('SIGTERM')
    await daemon.program.ended
    const { stdout } = await machine.run(['explain', '--json'])
    const { files } = JSON.parse(stdout) as ExplainReport
    const written = files.filter((one) => one.written).map(({ place }) => place)
    const left = [...new Set([...during, ...(await ownFiles())])].filter((path) => !SIDE_FILE.test(path))
    expect(left.map((path) => basename(path))).toEqual(expect.arrayContaining(['history.db', 'sessions.json']))
    expect(
      left.filter((path) => !written.some((place) => matchesGlob(path, place)) && !OF_THE_TEST.test(path)),
    ).toEqual([])
  })
})
