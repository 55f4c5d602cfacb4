import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, readdir, stat } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createWorld } from '../../src/simulator/world.ts'
import { createMachine, type Machine } from '../helpers/machine.ts'
import { stopPrograms } from '../helpers/program.ts'
import { freePort } from '../helpers/prometheus.ts'
import { lookForTools } from '../helpers/tools.ts'
import { until } from '../helpers/wait.ts'

const { missing, note } = lookForTools('prometheus-node-exporter')

describe.skipIf(missing.length > 0)(`the page in a textfile collector${note}`, () => {
  let machine: Machine
  let exporter: ChildProcess
  let url: string
  let said = ''

  beforeAll(async () => {
    machine = await createMachine({ world: createWorld({ seed: 3, accounts: { antigravity: 2 } }) })
    await mkdir(machine.path('collected'))
    const port = await freePort()
    url = `http://127.0.0.1:${port}/metrics`
    const flags = ['--collector.disable-defaults', '--collector.textfile']
    exporter = spawn(
      'prometheus-node-exporter',
      [
        ...flags,
        `--collector.textfile.directory=${machine.path('collected')}`,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    )
    exporter.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
    await until('node_exporter answers', async () => (await fetch(url)).ok)
  })

  afterAll(async () => {
    exporter.kill('SIGKILL')
    await stopPrograms()
    await machine.remove()
  })

  async function expectCollected(): Promise<void> {
    const written = await machine.run(['metrics', '--out', machine.path('collected', 'tokstat.prom')])
    expect(written, written.stderr).toMatchObject({ code: 0, stdout: '' })
    const page = await (await fetch(url)).text()
    expect(page).toContain('node_textfile_scrape_error 0')
    expect(page.match(/^tokstat_account_up\{.*\} 1$/gm)).toHaveLength(2)
    expect(page).toContain('antigravity_token_quota_remaining_fraction{')
    expect(said, 'it has its own process_* and takes no second one').not.toContain('error gathering metrics')
  }

  it('is taken whole, without a daemon and with one', async () => {
    await expectCollected()
    const daemon = await machine.serve()
    await daemon.whenAccounts('both are read', (all) => all.length === 2 && all.every(({ status }) => status === 'ok'))
    await expectCollected()
  })

  it('is readable for the exporter’s user, and nothing else is left in the folder', async () => {
    expect((await stat(machine.path('collected', 'tokstat.prom'))).mode & 0o777).toBe(0o644)
    expect(await readdir(machine.path('collected'))).toEqual(['tokstat.prom'])
  })

  it('says where it could not be written', async () => {
    const refused = await machine.run(['metrics', '--out', machine.path('nowhere', 'tokstat.prom')])
    expect(refused.code).toBe(4)
    expect(refused.stderr).toContain(`The folder ${machine.path('nowhere')} does not exist.`)
  })
})
