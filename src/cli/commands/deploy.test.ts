import { describe, expect, it } from 'vitest'
import { cli, fakeApp } from '../../../test/helpers/fake-cli.ts'
import { sampleDocument } from '../../../test/helpers/sample-document.ts'
import type { App } from '../../model/app.ts'
import type { ServiceOptions } from '../../model/deploy.ts'

const appThat = (overrides: Partial<App>): App => fakeApp(sampleDocument, overrides)

describe('service', () => {
  it('install hands over what was said, and nothing is guessed', async () => {
    const asked: ServiceOptions[] = []
    const app = appThat({
      installService: async (options) => {
        asked.push(options)
        return { files: [], done: ['wrote /etc/x'], notes: ['See it with: systemctl status x'] }
      },
    })
    const { code, out, err } = await cli('service install --system --root /tmp/r --run-as ada --folder /opt', { app })
    expect([code, out]).toEqual([0, 'wrote /etc/x\n'])
    expect(err).toContain('See it with')
    await cli('service install', { app })
    const nothing = { scope: null, root: null, runAs: null, folder: null, vaultKey: null, dryRun: false }
    expect(asked).toEqual([{ ...nothing, scope: 'system', root: '/tmp/r', runAs: 'ada', folder: '/opt' }, nothing])
  })

  it('install --print shows the files and installs nothing', async () => {
    const files = [{ path: '/units/tokstat.service', text: '[Unit]\n' }]
    const app = appThat({ installService: async ({ dryRun }) => ({ files: dryRun ? files : [], done: [], notes: [] }) })
    const { out } = await cli('service install --print', { app })
    expect(out).toBe('# /units/tokstat.service\n[Unit]\n\n')
  })

  it('refuses both scopes at once', async () => {
    expect((await cli('service install --user --system')).code).toBe(4)
  })

  it('uninstall says so when there was none', async () => {
    const app = appThat({ uninstallService: async () => ({ files: [], done: [], notes: ['data stays'] }) })
    const { code, out, err } = await cli('service uninstall', { app })
    expect([code, out]).toEqual([0, ''])
    expect(err).toContain('There was no service to remove.')
  })

  it('status and check are 1 when nothing answers, and 0 when it does', async () => {
    const dead = await cli('service status')
    expect([dead.code, dead.out]).toEqual([1, 'No service is installed.\ntokstat does not answer.\n'])
    const waits: number[] = []
    const up = { url: 'http://127.0.0.1:8000', version: '0.1.0' }
    const app = appThat({
      serviceStatus: async () => ({ scope: 'system', unit: 'tokstat.service', state: 'active', ...up }),
      waitForDaemon: async (waitMs) => {
        waits.push(waitMs)
        return waitMs > 0 ? up : null
      },
    })
    const alive = await cli('service status', { app })
    expect([alive.code, alive.out]).toEqual([
      0,
      'tokstat.service (system): active\ntokstat 0.1.0 answers at http://127.0.0.1:8000\n',
    ])
    expect((await cli('service check', { app })).code).toBe(1)
    expect((await cli('service check --wait 20s', { app })).code).toBe(0)
    expect(waits).toEqual([0, 20_000])
    expect(JSON.parse((await cli('service check --json', { app })).out)).toEqual({
      healthy: false,
      url: null,
      version: null,
    })
  })
})

describe('grafana', () => {
  const boards = [
    {
      name: 'dashboard',
      uid: 'token-metrics-dash',
      title: 'Token Metrics Dashboard',
      json: { uid: 'token-metrics-dash' },
    },
    { name: 'fleet', uid: 'tokstat-fleet', title: 'tokstat: fleet', json: { uid: 'tokstat-fleet' } },
  ]
  const app = appThat({ grafanaDashboards: async () => boards })

  it('dashboard prints one as JSON, the one for Antigravity unless another is named', async () => {
    expect(JSON.parse((await cli('grafana dashboard', { app })).out)).toEqual({ uid: 'token-metrics-dash' })
    expect(JSON.parse((await cli('grafana dashboard fleet', { app })).out)).toEqual({ uid: 'tokstat-fleet' })
    expect((await cli('grafana dashboard --list', { app })).out).toContain('fleet            tokstat: fleet')
    expect((await cli('grafana dashboard nonsense', { app })).code).toBe(4)
  })

  it('provision needs a token file and says what was made', async () => {
    expect((await cli('grafana provision', { app })).code).toBe(4)
    const made = appThat({
      provisionGrafana: async ({ url, folder, prometheusUrl }) => ({
        folder: { title: folder, created: true },
        dataSource: prometheusUrl === null ? null : { name: 'tokstat Prometheus', created: false },
        dashboards: [{ title: 'tokstat: fleet', url: `${url}/d/tokstat-fleet` }],
      }),
    })
    const { code, out } = await cli('grafana provision --token-file t --prometheus http://p:9090', { app: made })
    expect(code).toBe(0)
    expect(out).toBe(
      'Folder tokstat: made\nData source tokstat Prometheus: was there\ntokstat: fleet: http://127.0.0.1:3000/d/tokstat-fleet\n',
    )
  })
})
