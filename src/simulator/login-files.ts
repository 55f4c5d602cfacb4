import { type EpochMs, MINUTE_MS, plusMs, toIso, toIsoOrNull } from '../model/index.ts'
import type { SimAccount } from './account.ts'
import { claudeTier } from './services/claude.ts'
import { idTokenFor } from './tokens.ts'
import type { World } from './world.ts'

/** The contents of other tools' login files, in the shapes the providers' pages describe. */

/** OpenCode's antigravity plugin, version 4: every account, the first two active. */
export function antigravityFile(accounts: readonly SimAccount[], world: World): unknown {
  const now = world.clock.wall()
  return {
    version: 4,
    accounts: accounts.map((account, index) => ({
      email: account.email,
      refreshToken: world.grants.session(account).refreshToken,
      ...(account.project === null ? {} : { projectId: account.project }),
      addedAt: plusMs(now, -(accounts.length - index) * 24 * 60 * MINUTE_MS),
      lastUsed: plusMs(now, -index * MINUTE_MS),
      rateLimitResetTimes: {},
      enabled: true,
    })),
    activeIndex: 0,
    activeIndexByFamily: { claude: 0, gemini: Math.min(1, accounts.length - 1) },
  }
}

export function geminiFile(account: SimAccount, world: World): unknown {
  const session = world.grants.session(account)
  return {
    access_token: session.accessToken,
    refresh_token: session.refreshToken,
    id_token: idTokenFor(account, world.clock.wall()),
    scope: 'https://www.googleapis.com/auth/cloud-platform openid https://www.googleapis.com/auth/userinfo.email',
    token_type: 'Bearer',
    expiry_date: wireEnd(session.accessExpiresAt, world),
  }
}

/** Claude Code: the credentials, and the file beside them that says whose they are. */
export function claudeFiles(
  account: SimAccount,
  world: World,
): { readonly credentials: unknown; readonly identity: unknown } {
  const session = world.grants.session(account)
  return {
    credentials: {
      claudeAiOauth: {
        accessToken: session.accessToken,
        refreshToken: session.refreshToken,
        expiresAt: wireEnd(session.accessExpiresAt, world),
        scopes: account.scopes,
        subscriptionType: account.plan.id,
        rateLimitTier: claudeTier(account),
      },
    },
    identity: {
      oauthAccount: {
        accountUuid: account.subject,
        emailAddress: account.email,
        organizationUuid: account.workspace,
        organizationName: `${account.name}'s organization`,
      },
    },
  }
}

export function codexFile(account: SimAccount, world: World): unknown {
  const session = world.grants.session(account)
  return {
    OPENAI_API_KEY: null,
    auth_mode: 'chatgpt',
    tokens: {
      id_token: idTokenFor(account, world.clock.wall()),
      access_token: session.accessToken,
      refresh_token: session.refreshToken,
      account_id: account.workspace,
    },
    last_refresh: toIso(world.clock.wall()),
  }
}

/** One entry of OpenCode's auth.json; Google's packs the project behind the token. */
export function openCodeEntry(account: SimAccount, world: World): unknown {
  const session = world.grants.session(account)
  if (session.refreshToken === null) return { type: 'api', key: session.accessToken }
  const google = account.provider === 'gemini-cli'
  return {
    type: 'oauth',
    access: session.accessToken,
    refresh: google ? `${session.refreshToken}|${account.project ?? ''}|` : session.refreshToken,
    expires: wireEnd(session.accessExpiresAt, world) ?? 0,
    ...(google ? { email: account.email } : {}),
    ...(account.provider === 'codex' ? { accountId: account.workspace } : {}),
  }
}

/** One file of `~/.cli-proxy-api`. */
export function proxyFile(account: SimAccount, world: World): unknown {
  const session = world.grants.session(account)
  return {
    type: account.provider,
    email: account.email,
    access_token: session.accessToken,
    refresh_token: session.refreshToken,
    expired: toIsoOrNull(wireEnd(session.accessExpiresAt, world)),
    last_refresh: toIso(world.clock.wall()),
    ...(account.provider === 'codex'
      ? { id_token: idTokenFor(account, world.clock.wall()), account_id: account.workspace }
      : { account_uuid: account.subject, organization_uuid: account.workspace }),
  }
}

/** When a token ends, as its owner writes it down: wall time. */
function wireEnd(at: EpochMs | null, world: World): EpochMs | null {
  return at === null ? null : world.clock.wire(at)
}
