import { programOf, type ServiceFile, type ServiceSpec } from './spec.ts'

export const UNIT = 'tokstat.service'
export const WATCHDOG_UNIT = 'tokstat-watchdog.service'
export const WATCHDOG_TIMER = 'tokstat-watchdog.timer'
/** The name under which people know the first exporter's service. */
export const ALIAS = 'antigravity-metrics-server.service'

/** What a service may take until it answers, and what a check may take before it counts as failed. */
const WAIT = '20s'

/** The units of one service, for the folder they belong into. docs/decisions/0005 says why they look as they do. */
export function systemdFiles(spec: ServiceSpec, folder: string): readonly ServiceFile[] {
  return [
    {
      path: `${folder}/${UNIT}`,
      text: join(unitSection(spec), serviceSection(spec), hardening(spec), installSection(spec)),
    },
    { path: `${folder}/${WATCHDOG_UNIT}`, text: watchdogUnit(spec) },
    { path: `${folder}/${WATCHDOG_TIMER}`, text: watchdogTimer() },
  ]
}

/** Links that `systemctl enable` would make: for a root that is only being packed. */
export function enablingLinks(scope: ServiceSpec['scope']): readonly { readonly link: string; readonly to: string }[] {
  const wanted = scope === 'system' ? 'multi-user.target.wants' : 'default.target.wants'
  const links = [
    { link: `${wanted}/${UNIT}`, to: `../${UNIT}` },
    { link: `${UNIT}.wants/${WATCHDOG_TIMER}`, to: `../${WATCHDOG_TIMER}` },
  ]
  return scope === 'system' ? [...links, { link: ALIAS, to: UNIT }] : links
}

function unitSection({ scope }: ServiceSpec): readonly string[] {
  const edit = `${scope === 'system' ? 'systemctl' : 'systemctl --user'} edit tokstat`
  return [
    `# Written by \`tokstat service install\`; \`${edit}\` keeps changes of yours apart from it.`,
    '[Unit]',
    'Description=tokstat: what is left of every AI account',
    'Wants=network-online.target',
    'After=network-online.target',
    '# A service that cannot start is not tried for ever.',
    'StartLimitIntervalSec=300',
    'StartLimitBurst=5',
  ]
}

function serviceSection(spec: ServiceSpec): readonly string[] {
  const isSystem = spec.scope === 'system'
  return [
    '[Service]',
    'Type=exec',
    ...(isSystem ? [`User=${spec.user}`] : []),
    `WorkingDirectory=${specifiers(spec.folder)}`,
    ...(isSystem
      ? [
          '# As the user and outside of the sandbox: its folders must be there before they can be opened in it.',
          `ExecStartPre=+runuser -u ${spec.user} -- mkdir -p ${ownFolders(spec).map(argument).join(' ')}`,
        ]
      : []),
    `ExecStart=${program(spec, 'serve')}`,
    '# "Started" means that it answers.',
    `ExecStartPost=${program(spec, 'service', 'check', '--wait', WAIT)}`,
    'Restart=on-failure',
    'RestartSec=10',
    '# Settings that cannot be used do not get better by trying again.',
    'RestartPreventExitStatus=4',
    'TimeoutStopSec=15',
    ...(spec.vaultKey === null ? [] : [`LoadCredential=tokstat-vault-key:${specifiers(spec.vaultKey)}`]),
  ]
}

/** What the program does not need. V8 makes machine code at run time, so memory may be written and executed. */
function hardening(spec: ServiceSpec): readonly string[] {
  const everywhere = [
    'NoNewPrivileges=yes',
    'LockPersonality=yes',
    'RestrictRealtime=yes',
    'RestrictSUIDSGID=yes',
    'RestrictNamespaces=yes',
    'RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX',
    'SystemCallArchitectures=native',
    'SystemCallFilter=@system-service',
    'SystemCallFilter=~@privileged @resources',
    'SystemCallErrorNumber=EPERM',
    'UMask=0077',
    'LimitCORE=0',
    'MemoryMax=512M',
    'TasksMax=128',
  ]
  if (spec.scope === 'user') return everywhere
  return [
    ...everywhere,
    'CapabilityBoundingSet=',
    'AmbientCapabilities=',
    'ProtectSystem=strict',
    'ProtectHome=read-only',
    `ReadWritePaths=${ownFolders(spec)
      .map((folder) => argument(`-${folder}`))
      .join(' ')}`,
    'PrivateTmp=yes',
    'PrivateDevices=yes',
    'DevicePolicy=closed',
    'ProtectKernelTunables=yes',
    'ProtectKernelModules=yes',
    'ProtectKernelLogs=yes',
    'ProtectControlGroups=yes',
    'ProtectClock=yes',
    'ProtectHostname=yes',
    'ProtectProc=invisible',
    'ProcSubset=pid',
    'RemoveIPC=yes',
  ]
}

function installSection({ scope }: ServiceSpec): readonly string[] {
  if (scope === 'user') return ['[Install]', 'WantedBy=default.target']
  return ['[Install]', 'WantedBy=multi-user.target', `Alias=${ALIAS}`]
}

function watchdogUnit(spec: ServiceSpec): string {
  const isSystem = spec.scope === 'system'
  const systemctl = isSystem ? 'systemctl' : 'systemctl --user'
  const restart = `test "$$SERVICE_RESULT" = success || ${systemctl} try-restart ${UNIT}`
  return join(
    ['[Unit]', 'Description=tokstat: restart it when it no longer answers'],
    [
      '[Service]',
      'Type=oneshot',
      ...(isSystem ? [`User=${spec.user}`] : []),
      `WorkingDirectory=${specifiers(spec.folder)}`,
      `ExecStart=${program(spec, 'service', 'check', '--wait', WAIT)}`,
      ...(isSystem ? ['# With full rights, and therefore no program of the user: only the restart.'] : []),
      `ExecStopPost=${isSystem ? '+' : ''}/bin/sh -c '${restart}'`,
    ],
    hardening(spec),
  )
}

function watchdogTimer(): string {
  return join(
    ['[Unit]', 'Description=tokstat: ask every minute whether it answers', `PartOf=${UNIT}`],
    ['[Timer]', 'OnActiveSec=1min', 'OnUnitActiveSec=1min', 'AccuracySec=10s'],
    ['[Install]', `WantedBy=${UNIT}`],
  )
}

/** Folders of our own, the only ones that the service writes to. */
export function ownFolders({ home }: Pick<ServiceSpec, 'home'>): readonly string[] {
  return [`${home}/.config/tokstat`, `${home}/.local/share/tokstat`, `${home}/.local/state/tokstat`]
}

function program(spec: ServiceSpec, ...args: readonly string[]): string {
  return programOf(spec).map(command).concat(args).join(' ')
}

/** A word of a command line: quoted, and neither a specifier (`%h`) nor a variable (`$X`) in it. */
function command(word: string): string {
  return argument(word.replaceAll('$', '$$$$'))
}

/** A word of a list: quoted where it must be. */
function argument(word: string): string {
  const escaped = specifiers(word)
  return /^[\w@%+=:,./-]+$/.test(escaped) ? escaped : `"${escaped.replace(/["\\]/g, '\\$&')}"`
}

/** `%` begins a specifier everywhere in a unit. */
function specifiers(text: string): string {
  return text.replaceAll('%', '%%')
}

function join(...sections: readonly (readonly string[])[]): string {
  // The hardening belongs to [Service], which it follows without a heading of its own.
  return `${sections
    .map((lines) => lines.join('\n'))
    .join('\n\n')
    .replace(/\n\n(?=NoNewPrivileges)/, '\n')}\n`
}
