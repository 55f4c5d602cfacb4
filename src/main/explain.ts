import type { Config } from '../config/load.ts'
import { placesRead } from '../credentials/describe.ts'
import type { ExplainReport } from '../model/app.ts'
import { providers } from '../providers/registry.ts'
import type { Context } from './context.ts'
import { sourceEnvironment } from './parts.ts'

const PROMISES = [
  'Login files of other tools are only read: never written, never locked, never repaired.',
  'Refresh tokens that rotate (Anthropic, OpenAI) are never spent when another tool owns them.',
  'Google logins are refreshed in memory only; access tokens are never written down.',
  'No request that uses up a quota, costs money or changes an account is ever made.',
  'Commands of other tools (agy, codex app-server) are only run when you ask for it, or where run_owner_cli = true allows it.',
  'Programs on this machine are asked over loopback only.',
  'No telemetry, no update check, no crash report: only the hosts above are asked.',
  'A wait that a service asks for is kept, by every process and by the refresh button.',
]

/** Which files are read and written, which hosts are asked and how often, and what is never done. */
export function explainReport(context: Context, config: Config): ExplainReport {
  const { paths, environment } = context
  const read = placesRead(sourceEnvironment(context)).map(({ place, why }) => ({ place, why, written: false }))
  const own = [
    { place: paths.config, why: 'your settings', written: false },
    { place: paths.dotenv, why: 'OAuth client ids and secrets, keys', written: false },
    {
      place: `${environment.cwd}/.env`,
      why: 'only GOOGLE_CLIENT_ID/SECRET and GEMINI_CLIENT_ID/SECRET',
      written: false,
    },
    { place: paths.board, why: 'the last readings, no secret', written: true },
    { place: paths.cooldowns, why: 'until when a service must be left alone', written: true },
    { place: `${paths.state}/identities.json`, why: 'which login is which account, no secret', written: true },
    { place: paths.settings, why: 'switches of the management API, order and theme', written: true },
    { place: paths.accounts, why: 'accounts of your own logins, no secret', written: true },
    { place: paths.vault, why: 'their secrets, encrypted, where there is no keyring', written: true },
    { place: paths.vaultKey, why: 'the key of that file, locked with your passphrase', written: true },
    { place: `${paths.state}/grants`, why: 'that a refresh of your own login is under way; no secret', written: true },
    { place: `${paths.state}/*.lock`, why: 'who polls, who writes your own accounts', written: true },
    { place: paths.daemon, why: 'where the daemon answers', written: true },
    { place: paths.history, why: 'what was used when, alerts, forecasts; no secret', written: true },
    { place: `${paths.state}/sessions.json`, why: 'hashes of the sessions of the page, with a token', written: true },
    { place: `${paths.state}/privacy.json`, why: 'the local key of pseudonyms, with privacy on', written: true },
    { place: paths.shownBoard, why: 'the last readings under pseudonyms, with privacy on', written: true },
    { place: `${paths.state}/handed-claude.json`, why: "limits of Claude Code's status line", written: true },
  ]
  const hosts = providers
    .filter((provider) => config.providers[provider.id]?.enabled !== false)
    .flatMap((provider) => hostsOf(provider, config))
  return { files: [...read, ...own], hosts, promises: PROMISES }
}

function hostsOf(provider: (typeof providers)[number], config: Config): ExplainReport['hosts'] {
  const intervalSeconds = (config.providers[provider.id]?.intervalMs ?? provider.intervalSeconds * 1_000) / 1_000
  const asked = provider.hosts.map((host) => ({
    host,
    provider: provider.id,
    intervalSeconds,
    why: `quotas of ${provider.title}`,
  }))
  if (provider.auth !== 'google-oauth') return asked
  const refresh = {
    host: 'oauth2.googleapis.com',
    provider: provider.id,
    intervalSeconds: 3_540,
    why: 'a new access token when the old one ends',
  }
  return [...asked, refresh]
}
