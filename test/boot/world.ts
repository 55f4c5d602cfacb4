/**
 * The machine's world: the simulated services on a fixed port, and the logins in a person's home that they know.
 * Written anew at each start, as if the person had signed in again: tokens hang on the moment they were made.
 *
 *   node test/boot/world.ts /home/ada     answers at http://127.0.0.1:9400 until it is stopped
 */
import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeHome } from '../../src/simulator/home.ts'
import { startSimulator } from '../../src/simulator/server.ts'
import { createWorld } from '../../src/simulator/world.ts'

const home = process.argv[2] ?? '.'
// Some days of life: long after the machine has been booted twice.
const world = createWorld({ seed: 11, tokenLifeFactor: 100 })
world.add({ provider: 'antigravity', name: 'ada', pattern: 'steady' })
world.add({ provider: 'antigravity', name: 'bob', pattern: 'silent' })
const simulator = await startSimulator({ world, port: 9400 })
await writeHome(world, home, { upstream: simulator.url })
await appendFile(join(home, '.config/tokstat/.env'), `TOKSTAT_UPSTREAM=${simulator.url}\n`)
