import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemdFiles } from '../../src/main/service/systemd.ts'
import { DEPLOY } from '../helpers/dashboards.ts'
import { lookForTools } from '../helpers/tools.ts'

const ROOT = join(DEPLOY, '..')
const { missing, note } = lookForTools('nix')
const FEATURES = ['--extra-experimental-features', 'nix-command flakes', '--offline']

/** What `tokstat service install` takes away from the service, as Nix writes it: what is said twice there is a list here. */
function hardeningOfOurUnit(): Record<string, unknown> {
  const folder = '/home/ada'
  const spec = { scope: 'system', user: 'ada', home: folder, node: '/n', entry: '/e', folder, vaultKey: null } as const
  const [unit] = systemdFiles(spec, '/etc/systemd/system')
  const lines = unit?.text.match(/^NoNewPrivileges[\s\S]*?(?=\n\n)/m)?.[0].split('\n') ?? []
  expect(lines.length).toBeGreaterThan(25)
  const hardening: Record<string, unknown> = {}
  for (const line of lines) {
    const [, name = '', text = ''] = /^(\w+)=(.*)$/.exec(line) ?? []
    const value = text === 'yes' ? true : /^\d+$/.test(text) && name !== 'UMask' ? Number(text) : text
    const before = hardening[name]
    hardening[name] = before === undefined ? value : [before, value].flat()
  }
  const words = ['RestrictAddressFamilies', 'ReadWritePaths']
  for (const name of words) hardening[name] = String(hardening[name]).split(' ')
  return hardening
}

interface Units {
  readonly [part: string]: unknown
  readonly systemd: {
    readonly services: Record<string, { readonly serviceConfig: Record<string, unknown> }>
    readonly timers: Record<string, Record<string, unknown>>
  }
}

describe.skipIf(missing.length > 0)(`flake.nix, evaluated offline with a stand-in for nixpkgs${note}`, () => {
  let folder: string
  let env: NodeJS.ProcessEnv

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tokstat-flake-'))
    const flake = join(folder, 'flake')
    mkdirSync(join(flake, 'deploy'), { recursive: true })
    for (const name of ['flake.nix', 'package.json', 'package-lock.json', 'deploy/nix']) {
      cpSync(join(ROOT, name), join(flake, name), { recursive: true })
    }
    cpSync(join(import.meta.dirname, 'nix'), join(folder, 'nixpkgs'), { recursive: true })
    // A store of its own: the test leaves nothing in the machine's.
    env = {
      PATH: process.env['PATH'],
      HOME: folder,
      NPM_CONFIG_REGISTRY: 'https://registry.example.test',
      NIX_REMOTE: `local?root=${join(folder, 'store')}`,
    }
  })

  afterAll(() => {
    // Files of a store are read-only.
    spawnSync('chmod', ['-R', 'u+w', folder])
    rmSync(folder, { recursive: true, force: true })
  })

  function evaluate(attribute: string, apply?: string): unknown {
    const flake = [
      `path:${join(folder, 'flake')}#${attribute}`,
      '--override-input',
      'nixpkgs',
      `path:${join(folder, 'nixpkgs')}`,
    ]
    const more = apply === undefined ? [] : ['--apply', apply]
    const run = spawnSync(
      'nix',
      ['eval', ...FEATURES, '--json', '--impure', '--no-write-lock-file', ...flake, ...more],
      {
        encoding: 'utf8',
        env,
      },
    )
    if (run.status !== 0) throw new Error(run.stderr)
    return JSON.parse(run.stdout)
  }

  /** What a module makes of settings, with every option at its default unless named. */
  function moduleConfig(module: string, settings: string): Record<string, unknown> {
    return evaluate(
      module,
      `module: let
        pkgs = (builtins.getFlake "path:${join(folder, 'nixpkgs')}").legacyPackages.x86_64-linux;
        made = module { inherit config pkgs; inherit (pkgs) lib; };
        defaults = builtins.mapAttrs (_: group: builtins.mapAttrs (_: one: builtins.mapAttrs (_: option: option.default) one) group) made.options;
        config = pkgs.lib.merge defaults (${settings});
      in made.config`,
    ) as Record<string, unknown>
  }

  it('has package, image, app, shell and formatter for four systems', () => {
    for (const output of ['packages', 'apps', 'devShells', 'formatter']) {
      expect(evaluate(output, 'builtins.attrNames'), output).toHaveLength(4)
    }
    expect(evaluate('apps.x86_64-linux.default')).toEqual({ type: 'app', program: '/nix/tokstat/bin/tokstat' })
  })

  it('packs the version of package.json, with an address for every package of the lock file', () => {
    const version = (JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }).version
    expect(evaluate('packages.x86_64-linux.default.version')).toBe(version)
    const entries = evaluate(
      'packages.x86_64-linux.default.npmDeps.packageLock.packages',
      'packages: builtins.mapAttrs (_: entry: [ (entry.resolved or null) (entry.integrity or null) ]) packages',
    ) as Record<string, readonly [string | null, string | null]>
    expect(Object.keys(entries).length).toBeGreaterThan(100)
    for (const [path, [resolved, integrity]] of Object.entries(entries)) {
      if (integrity !== null) expect(resolved, path).toMatch(/^https:\/\/\S+\/-\/[\w.-]+\.tgz$/)
    }
    expect(entries['node_modules/@biomejs/biome']?.[0]).toMatch(/\/@biomejs\/biome\/-\/biome-\d+\.\d+\.\d+\.tgz$/)
  })

  it('makes an image with the folders and the number of the Dockerfile', () => {
    const image = evaluate('packages.x86_64-linux.docker.config') as { User: string; Env: string[] }
    const dockerfile = readFileSync(join(DEPLOY, 'docker', 'Dockerfile'), 'utf8')
    expect(dockerfile).toContain(`USER ${image.User}`)
    for (const variable of image.Env.filter((one) => /^(HOME|XDG|TOKSTAT)/.test(one)))
      expect(dockerfile).toContain(variable)
  })

  it('NixOS: programs.tokstat installs the command with its settings (F57)', () => {
    const settings = '{ programs.tokstat = { enable = true; settings.server.port = 9100; }; }'
    const config = moduleConfig('nixosModules.default', settings)
    expect(config).toEqual({
      environment: {
        systemPackages: ['/nix/tokstat'],
        variables: { TOKSTAT_CONFIG: '/nix/tokstat.toml?{"server":{"port":9100}}' },
      },
    })
    expect(moduleConfig('nixosModules.default', '{ }')).toEqual({})
  })

  it('NixOS: services.tokstat runs as a user of its own, or as who is signed in', () => {
    interface Unit {
      readonly systemd: { readonly services: { readonly tokstat: { readonly serviceConfig: Record<string, unknown> } } }
    }
    const unit = (settings: string): Record<string, unknown> =>
      (
        moduleConfig(
          'nixosModules.default',
          `{ services.tokstat = { enable = true; ${settings} }; }`,
        ) as unknown as Unit
      ).systemd.services.tokstat.serviceConfig
    expect(unit('')).toMatchObject({
      DynamicUser: true,
      StateDirectory: 'tokstat',
      Restart: 'on-failure',
      RestartSec: 10,
    })
    const ada = unit('user = "ada"; home = "/home/ada"; vaultKeyFile = "/etc/vault.key";')
    expect(ada).toMatchObject({
      User: 'ada',
      ProtectHome: 'read-only',
      LoadCredential: 'tokstat-vault-key:/etc/vault.key',
    })
    expect(ada['ReadWritePaths']).toContain('-/home/ada/.local/state/tokstat')
    expect(ada['ExecStartPre']).toContain(' -p /home/ada/.config/tokstat ')
    expect(ada).toMatchObject(hardeningOfOurUnit())
  })

  it('NixOS and Home Manager: a timer asks every minute whether it answers, as our own units do', () => {
    const words = (text: string): RegExpExecArray | null => /ExecStopPost=\+?(.*)/.exec(text)
    const spec = { user: 'ada', home: '/h', node: '/n', entry: '/e', folder: '/h', vaultKey: null } as const
    const ours = systemdFiles({ ...spec, scope: 'system' }, '/etc')[1]?.text ?? ''
    expect(words(ours)?.[1]).toContain('try-restart tokstat.service')
    const system = moduleConfig('nixosModules.default', '{ services.tokstat.enable = true; }') as Units
    const { services, timers } = system.systemd
    expect(services['tokstat-watchdog']?.serviceConfig).toMatchObject({
      Type: 'oneshot',
      DynamicUser: true,
      User: 'tokstat',
      StateDirectory: 'tokstat',
      ExecStart: '/nix/tokstat/bin/tokstat service check --wait 20s',
      ExecStopPost: expect.stringMatching(/^\+\/bin\/sh -c .*SERVICE_RESULT.*systemctl try-restart tokstat\.service'$/),
      ProtectSystem: 'strict',
    })
    expect(services['tokstat']?.serviceConfig).toMatchObject({ User: 'tokstat' })
    expect(timers['tokstat-watchdog']).toMatchObject({
      wantedBy: ['tokstat.service'],
      partOf: ['tokstat.service'],
      timerConfig: { OnActiveSec: '1min', OnUnitActiveSec: '1min' },
    })
    const ada = moduleConfig(
      'nixosModules.default',
      '{ services.tokstat = { enable = true; user = "ada"; home = "/home/ada"; }; }',
    ) as Units
    expect(ada.systemd.services['tokstat-watchdog']?.serviceConfig).toMatchObject({ User: 'ada' })
    expect(ada.systemd.services['tokstat-watchdog']?.serviceConfig).not.toHaveProperty('DynamicUser')
    const home = moduleConfig('homeManagerModules.default', '{ services.tokstat.enable = true; }') as {
      systemd: { user: Record<string, Record<string, Record<string, unknown>>> }
    }
    expect(home.systemd.user['services']?.['tokstat-watchdog']?.['Service']).toMatchObject({
      ExecStopPost: expect.stringContaining('systemctl --user try-restart tokstat.service'),
    })
    expect(home.systemd.user['timers']?.['tokstat-watchdog']?.['Install']).toEqual({ WantedBy: ['tokstat.service'] })
  })

  it('Home Manager: programs.tokstat and services.tokstat (F57)', () => {
    const config = moduleConfig(
      'homeManagerModules.default',
      '{ programs.tokstat = { enable = true; settings.privacy.enabled = true; }; services.tokstat.enable = true; }',
    )
    expect(config).toMatchObject({
      home: { packages: ['/nix/tokstat'] },
      xdg: { configFile: { 'tokstat/config.toml': { source: expect.stringContaining('privacy') } } },
      systemd: { user: { services: { tokstat: { Service: { ExecStart: '/nix/tokstat/bin/tokstat serve' } } } } },
    })
  })
})
