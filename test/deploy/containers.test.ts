import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { cp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterEach, describe, expect, it, onTestFinished } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { DEPLOY } from '../helpers/dashboards.ts'
import { runProgram, startProgram, stopPrograms } from '../helpers/program.ts'

const ROOT = join(DEPLOY, '..')
const COMPOSE = join(DEPLOY, 'docker', 'compose.yaml')

interface Instruction {
  readonly name: string
  readonly rest: string
}

/** The instructions of a Dockerfile by stage, continued lines joined. */
function stagesOf(text: string): readonly (readonly Instruction[])[] {
  const lines = text
    .replace(/\\\n\s*/g, ' ')
    .split('\n')
    .filter((line) => /^[A-Z]/.test(line))
  const stages: Instruction[][] = []
  for (const line of lines) {
    const [, name = '', rest = ''] = /^(\S+)\s+(.*)$/.exec(line) ?? []
    if (name === 'FROM') stages.push([])
    stages.at(-1)?.push({ name, rest })
  }
  return stages
}

const [buildStage = [], finalStage = []] = stagesOf(readFileSync(join(DEPLOY, 'docker', 'Dockerfile'), 'utf8'))
const all = (stage: readonly Instruction[], name: string): string[] =>
  stage.filter((one) => one.name === name).map(({ rest }) => rest)
const one = (stage: readonly Instruction[], name: string): string => all(stage, name)[0] ?? ''

function environmentOf(stage: readonly Instruction[]): Record<string, string> {
  const words = all(stage, 'ENV').flatMap((rest) => rest.split(/\s+/))
  return Object.fromEntries(words.map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)]))
}

afterEach(stopPrograms)

describe('the Dockerfile', () => {
  it('builds with the same commands as a checkout, from files that are there', () => {
    expect(all(buildStage, 'RUN')).toEqual(['npm ci', 'npm run build'])
    for (const name of one(buildStage, 'COPY').split(' ').slice(0, -1))
      expect(existsSync(join(ROOT, name)), name).toBe(true)
    const ignored = readFileSync(join(ROOT, '.dockerignore'), 'utf8').split('\n')
    for (const secret of ['.env', '**/secrets', 'antigravity-accounts.json']) expect(ignored).toContain(secret)
  })

  it('runs as a number that is not root, on one volume, with its own health check (D14)', () => {
    expect(one(finalStage, 'USER')).toMatch(/^[1-9]\d*:[1-9]\d*$/)
    expect(all(finalStage, 'VOLUME')).toEqual(['/data'])
    expect(one(finalStage, 'HEALTHCHECK')).toContain('CMD ["tokstat", "service", "check"]')
    expect(environmentOf(finalStage)).toMatchObject({ TOKSTAT_HOST: '0.0.0.0', TOKSTAT_TOKEN_FILE: expect.any(String) })
  })

  it('has everything it needs: its last stage, laid out in a folder, serves, and its health check says so', async () => {
    const image = mkdtempSync(join(tmpdir(), 'tokstat-image-'))
    onTestFinished(() => rmSync(image, { recursive: true, force: true }))
    for (const copy of all(finalStage, 'COPY')) {
      const words = copy.replace('--from=build ', '').split(' ')
      const target = words.pop() ?? ''
      for (const source of words) {
        const to = target.endsWith('/') ? join(target, source.split('/').pop() ?? '') : target
        await cp(join(ROOT, source.replace('/src/', '')), join(image, to), { recursive: true })
      }
    }
    for (const folder of ['data/config', 'data/share', 'data/state', 'run/secrets', 'usr/local/bin']) {
      mkdirSync(join(image, folder), { recursive: true })
    }
    symlinkSync(join(image, 'app/bin/tokstat.mjs'), join(image, 'usr/local/bin/tokstat'))
    const paths = Object.entries(environmentOf(finalStage)).map(([name, value]) => [
      name,
      value.startsWith('/') ? join(image, value) : value,
    ])
    const env: Record<string, string> = { ...Object.fromEntries(paths), TOKSTAT_PORT: '0' }
    const options = { env, cwd: join(image, 'data'), entry: join(image, 'usr/local/bin/tokstat') }

    const refused = await runProgram(['serve'], options)
    expect(refused.code, 'a bind that is not loopback needs the token').toBe(4)
    expect(refused.stderr).toContain('run/secrets/tokstat_token')

    writeFileSync(join(image, 'run/secrets/tokstat_token'), 'a-token-for-tests-only\n')
    const daemon = startProgram(JSON.parse(one(finalStage, 'CMD')) as string[], options)
    const [, url = ''] = await daemon.line(/answers at (\S+)/)
    const check = JSON.parse(one(finalStage, 'HEALTHCHECK').replace(/^.*CMD /, '')) as string[]
    expect(await runProgram(check.slice(1), options)).toMatchObject({ code: 0 })
    expect((await fetch(`${url}/metrics`)).status).toBe(401)
    const metrics = await fetch(`${url}/metrics`, { headers: { authorization: 'Bearer a-token-for-tests-only' } })
    expect(metrics.status).toBe(200)
    expect(readdirSync(image).sort(), 'it writes to its volume alone').toEqual(['app', 'data', 'run', 'usr'])
    daemon.signal('SIGTERM')
    expect(await daemon.ended).toMatchObject({ code: 0 })
  })
})

interface Service {
  readonly image: string
  readonly volumes: readonly string[]
  readonly ports: readonly string[]
  readonly secrets: readonly string[]
  readonly cap_drop: readonly string[]
  readonly read_only?: boolean
}

describe('compose.yaml', () => {
  const compose = parse(readFileSync(COMPOSE, 'utf8')) as {
    readonly services: Readonly<Record<'tokstat' | 'prometheus' | 'grafana', Service>>
    readonly secrets: Readonly<Record<string, unknown>>
    readonly volumes: Readonly<Record<string, unknown>>
  }

  it('mounts files of this folder that are there, and named volumes and secrets that it declares', () => {
    for (const [name, service] of Object.entries(compose.services)) {
      for (const volume of service.volumes) {
        const [source = ''] = volume.replace(/\$\{[^}]*\}/, 'variable').split(':')
        if (source.startsWith('.'))
          expect(existsSync(resolve(dirname(COMPOSE), source)), `${name}: ${source}`).toBe(true)
        else if (!source.startsWith('variable')) expect(compose.volumes, name).toHaveProperty(source)
      }
      for (const secret of service.secrets) expect(compose.secrets, name).toHaveProperty(secret)
    }
  })

  it('publishes on loopback alone, drops every capability, pins what it pulls, reads logins read-only', () => {
    for (const [name, { ports, cap_drop, image }] of Object.entries(compose.services)) {
      for (const port of ports) expect(port, name).toMatch(/^127\.0\.0\.1:/)
      expect(cap_drop, name).toEqual(['ALL'])
      if (name !== 'tokstat') expect(image, name).toMatch(/:v?\d+\.\d+\.\d+$/)
    }
    expect(compose.services.tokstat.read_only).toBe(true)
    const logins = compose.services.tokstat.volumes.filter((volume) => volume.includes('HOME'))
    expect(logins.length).toBeGreaterThan(1)
    for (const login of logins) expect(login).toMatch(/:ro$/)
  })

  it('gives Prometheus the token and Grafana the dashboards', () => {
    const config = parse(readFileSync(join(DEPLOY, 'docker', 'prometheus.yml'), 'utf8')) as {
      scrape_configs: { authorization: { credentials_file: string }; static_configs: { targets: string[] }[] }[]
    }
    const [job] = config.scrape_configs
    expect(job?.authorization.credentials_file).toBe('/run/secrets/tokstat_token')
    expect(job?.static_configs[0]?.targets).toEqual(['tokstat:8000'])
    const folder = join(DEPLOY, 'grafana', 'provisioning')
    const source = parse(readFileSync(join(folder, 'datasources', 'tokstat.yml'), 'utf8')) as {
      datasources: { url: string; name: string }[]
    }
    // The dashboards' variable has this name as its choice.
    expect(source.datasources[0]).toMatchObject({ name: 'Prometheus', url: 'http://prometheus:9090' })
    const provider = parse(readFileSync(join(folder, 'dashboards', 'tokstat.yml'), 'utf8')) as {
      providers: { options: { path: string } }[]
    }
    const mounted = compose.services.grafana.volumes.map((volume) => volume.split(':')[1])
    expect(mounted).toContain(provider.providers[0]?.options.path)
  })

  it('is accepted by Prometheus', () => {
    const check = spawnSync('promtool', ['check', 'config', '--syntax-only', join(DEPLOY, 'docker', 'prometheus.yml')])
    if (check.error === undefined) expect(check.status).toBe(0)
    else expect(process.env['CI'], 'promtool is needed in CI').toBeUndefined()
  })
})

describe('the Kubernetes manifests', () => {
  const documents = parseAllDocuments(readFileSync(join(DEPLOY, 'kubernetes', 'tokstat.yaml'), 'utf8'))
  const objects = documents.map((document) => document.toJS() as { kind: string; spec: Record<string, unknown> })
  const deployment = objects.find(({ kind }) => kind === 'Deployment')?.spec as {
    replicas: number
    strategy: { type: string }
    template: {
      spec: {
        automountServiceAccountToken: boolean
        securityContext: Record<string, unknown>
        containers: { securityContext: Record<string, unknown>; volumeMounts: { name: string }[] }[]
        volumes: { name: string }[]
      }
    }
  }

  it('are whole, hold no secret, and run one engine at a time', () => {
    expect(documents.flatMap(({ errors }) => errors)).toEqual([])
    expect(objects.map(({ kind }) => kind)).toEqual(['PersistentVolumeClaim', 'Deployment', 'Service'])
    expect([deployment.replicas, deployment.strategy.type]).toEqual([1, 'Recreate'])
  })

  it('run without rights, on a read-only root, and mount what they declare', () => {
    const { spec } = deployment.template
    const [container] = spec.containers
    expect(spec.automountServiceAccountToken).toBe(false)
    expect(spec.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } })
    expect(container?.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    })
    const declared = spec.volumes.map(({ name }) => name)
    for (const { name } of container?.volumeMounts ?? []) expect(declared).toContain(name)
    expect(`${spec.securityContext['runAsUser']}:${spec.securityContext['runAsGroup']}`).toBe(one(finalStage, 'USER'))
  })
})
