import type { Registered } from './command.ts'

/** Every command, in the order of `--help`. Adding one is a file in commands/ and a line here. */
export const COMMANDS: readonly Registered[] = [
  {
    name: 'list',
    summary: 'every account and what is left of its quotas (the default)',
    load: async () => (await import('./commands/list.ts')).list,
  },
  {
    name: 'best',
    summary: 'which account to use next, and why',
    load: async () => (await import('./commands/best.ts')).best,
  },
  {
    name: 'refresh',
    summary: 'ask the services now',
    load: async () => (await import('./commands/refresh.ts')).refresh,
  },
  {
    name: 'quota list',
    summary: 'one row a quota, with provider and account',
    load: async () => (await import('./commands/quota-list.ts')).quotaList,
  },
  {
    name: 'quota show',
    summary: 'one account in a box: e-mail, tier, models',
    load: async () => (await import('./commands/quota-show.ts')).quotaShow,
  },
  {
    name: 'quota monitor',
    summary: 'a table that stays and renews itself',
    load: async () => (await import('./commands/quota-monitor.ts')).quotaMonitor,
  },
  {
    name: 'guard',
    summary: 'a gate for scripts: is enough left?',
    load: async () => (await import('./commands/guard.ts')).guard,
  },
  {
    name: 'history',
    summary: 'what was used when, and the last cycles',
    load: async () => (await import('./commands/history.ts')).history,
  },
  {
    name: 'forecast',
    summary: 'will it last until its reset?',
    load: async () => (await import('./commands/forecast.ts')).forecast,
  },
  {
    name: 'export',
    summary: 'the history as CSV, JSON or OpenMetrics',
    load: async () => (await import('./commands/export.ts')).exportCommand,
  },
  {
    name: 'backup',
    summary: 'a checked copy of the history',
    load: async () => (await import('./commands/backup.ts')).backup,
  },
  {
    name: 'dashboard',
    summary: 'every account on a screen that stays: quotas, history, forecast',
    load: async () => (await import('./commands/dashboard.ts')).dashboard,
  },
  {
    name: 'statusline',
    summary: 'one line for tmux, a prompt, a bar or Claude Code',
    load: async () => (await import('./commands/statusline.ts')).statusline,
  },
  {
    name: 'mcp',
    summary: 'quotas for agents, over the Model Context Protocol',
    load: async () => (await import('./commands/mcp.ts')).mcp,
  },
  {
    name: 'serve',
    summary: 'the daemon: /metrics, REST, events, web page',
    load: async () => (await import('./commands/serve.ts')).serve,
  },
  {
    name: 'demo',
    summary: 'the daemon with invented accounts; touches no login',
    load: async () => (await import('./commands/demo.ts')).demo,
  },
  {
    name: 'login',
    summary: 'log in to a service with an account of your own',
    load: async () => (await import('./commands/login.ts')).login,
  },
  {
    name: 'remove',
    summary: 'forget an account that was added by login',
    load: async () => (await import('./commands/remove.ts')).remove,
  },
  {
    name: 'rename',
    summary: 'give an account that was added by login another name',
    load: async () => (await import('./commands/rename.ts')).rename,
  },
  {
    name: 'switch',
    summary: 'make an account the active one of the Antigravity plugin',
    load: async () => (await import('./commands/switch.ts')).switchTo,
  },
  {
    name: 'alerts list',
    summary: 'what fires now, what is snoozed, the rules and the channels',
    load: async () => (await import('./commands/alerts-list.ts')).alertsList,
  },
  {
    name: 'alerts log',
    summary: 'what was said, and whether it arrived',
    load: async () => (await import('./commands/alerts-log.ts')).alertsLog,
  },
  {
    name: 'alerts snooze',
    summary: 'no message about an alert, a rule, an account or a quota for a while',
    load: async () => (await import('./commands/alerts-snooze.ts')).alertsSnooze,
  },
  {
    name: 'alerts unsnooze',
    summary: 'end a snooze: what still holds is said',
    load: async () => (await import('./commands/alerts-unsnooze.ts')).alertsUnsnooze,
  },
  {
    name: 'alerts ack',
    summary: 'seen: what fires is not repeated',
    load: async () => (await import('./commands/alerts-ack.ts')).alertsAck,
  },
  {
    name: 'alerts test',
    summary: 'send one test message to a channel',
    load: async () => (await import('./commands/alerts-test.ts')).alertsTest,
  },
  {
    name: 'alerts rehearse',
    summary: 'what your rules would have said over the stored history',
    load: async () => (await import('./commands/alerts-rehearse.ts')).alertsRehearse,
  },
  {
    name: 'query',
    summary: "a provider's raw answer, secrets masked",
    load: async () => (await import('./commands/query.ts')).query,
  },
  {
    name: 'metrics',
    summary: 'the Prometheus page of the moment',
    load: async () => (await import('./commands/metrics.ts')).metrics,
  },
  {
    name: 'token link',
    summary: 'an address that signs one browser in, once',
    load: async () => (await import('./commands/token-link.ts')).tokenLink,
  },
  {
    name: 'token new',
    summary: 'make the token that other machines need, or another one',
    load: async () => (await import('./commands/token-new.ts')).tokenNew,
  },
  {
    name: 'token path',
    summary: 'where the token is',
    load: async () => (await import('./commands/token-path.ts')).tokenPath,
  },
  {
    name: 'service install',
    summary: 'run tokstat as a service, now and from every boot on',
    load: async () => (await import('./commands/service-install.ts')).serviceInstall,
  },
  {
    name: 'service uninstall',
    summary: 'stop and remove the service; data stays',
    load: async () => (await import('./commands/service-uninstall.ts')).serviceUninstall,
  },
  {
    name: 'service status',
    summary: 'is the service installed, and does it answer?',
    load: async () => (await import('./commands/service-status.ts')).serviceStatus,
  },
  {
    name: 'service check',
    summary: 'does tokstat answer? For service managers and containers',
    load: async () => (await import('./commands/service-check.ts')).serviceCheck,
  },
  {
    name: 'grafana dashboard',
    summary: "a Grafana dashboard's JSON",
    load: async () => (await import('./commands/grafana-dashboard.ts')).grafanaDashboard,
  },
  {
    name: 'grafana provision',
    summary: 'put dashboards and data source into a running Grafana',
    load: async () => (await import('./commands/grafana-provision.ts')).grafanaProvision,
  },
  {
    name: 'providers',
    summary: 'the services tokstat knows and how to add each',
    load: async () => (await import('./commands/providers.ts')).providers,
  },
  {
    name: 'doctor',
    summary: 'what was found, what is wrong, what to do',
    load: async () => (await import('./commands/doctor.ts')).doctor,
  },
  {
    name: 'explain',
    summary: 'every file read and every host asked, and why',
    load: async () => (await import('./commands/explain.ts')).explain,
  },
  {
    name: 'config check',
    summary: 'is config.toml valid?',
    load: async () => (await import('./commands/config-check.ts')).configCheck,
  },
  {
    name: 'config path',
    summary: 'where config, data and state are',
    load: async () => (await import('./commands/config-path.ts')).configPath,
  },
  {
    name: 'config schema',
    summary: 'the JSON Schema of config.toml',
    load: async () => (await import('./commands/config-schema.ts')).configSchema,
  },
  {
    name: 'completion',
    summary: 'Tab completion for your shell',
    load: async () => (await import('./commands/completion.ts')).completion,
  },
  { name: 'version', summary: 'the version', load: async () => (await import('./commands/version.ts')).version },
  {
    name: '__complete',
    summary: 'what Tab offers',
    load: async () => (await import('./commands/complete.ts')).complete,
    hidden: true,
  },
]
