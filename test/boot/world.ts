/**
 * The machine's world: the simulated services on a fixed port, and with `--home DIR` the login that a person would have
 * on that machine, written once. Same seed, same tokens: they outlive a reboot of the machine.
 *
 *   node test/boot/world.ts --home /home/ada     writes ~/.config/opencode/antigravity-accounts.json and exits
 *   node test/boot/world.ts                      answers at http://127.0.0.1:9400 until it is stopped
 */
import { writeHome } from '../../src/simulator/home.ts'
import { startSimulator } from '../../src/simulator/server.ts'
import { createWorld } from '../../src/simulator/world.ts'

const PORT = 9400

// Some days of life: long after the machine has been booted twice.
const world = createWorld({ seed: 11, tokenLifeFactor: 100 })
world.add({ provider: 'antigravity', name: 'ada', pattern: 'steady' })
world.add({ provider: 'antigravity', name: 'bob', pattern: 'silent' })

const [flag, home] = process.argv.slice(2)
if (flag === '--home' && home !== undefined) await writeHome(world, home, { upstream: `http://127.0.0.1:${PORT}` })
else await startSimulator({ world, port: PORT })
