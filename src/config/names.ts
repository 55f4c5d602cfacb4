/** Id and secret variables of each OAuth client, our own names first, then those other tools use for the same. */
export const GOOGLE_CLIENT_NAMES = {
  antigravity: [
    ['GOOGLE_CLIENT_ID', 'GOOGLE_CLIENT_SECRET'],
    ['ANTIGRAVITY_OAUTH_CLIENT_ID', 'ANTIGRAVITY_OAUTH_CLIENT_SECRET'],
    ['ANTIGRAVITY_CLIENT_ID', 'ANTIGRAVITY_CLIENT_SECRET'],
  ],
  geminiCli: [
    ['GEMINI_CLIENT_ID', 'GEMINI_CLIENT_SECRET'],
    ['GEMINI_OAUTH_CLIENT_ID', 'GEMINI_OAUTH_CLIENT_SECRET'],
  ],
} as const satisfies Record<string, readonly (readonly [string, string])[]>

/** The only names read from `.env` in the working directory: it is usually some other project's file. */
export const CWD_NAMES: ReadonlySet<string> = new Set([
  'GOOGLE_CLIENT_ID',
  'GOOGLE_CLIENT_SECRET',
  'GEMINI_CLIENT_ID',
  'GEMINI_CLIENT_SECRET',
])

/** Keys of the source `env`. */
const KEY_NAMES = [
  'OPENROUTER_API_KEY',
  'NANOGPT_API_KEY',
  'NANO_GPT_API_KEY',
  'COPILOT_GITHUB_TOKEN',
  'CLAUDE_CODE_OAUTH_TOKEN',
  'DEEPSEEK_API_KEY',
  'DEEPSEEK_KEY',
] as const

export const PROXY_NAMES = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy', 'NO_PROXY', 'no_proxy'] as const

/** Names read from the `.env` beside config.toml. What decides where that file lies cannot be in it. */
export const DOTENV_NAMES: ReadonlySet<string> = new Set([
  ...Object.values(GOOGLE_CLIENT_NAMES).flat(2),
  ...KEY_NAMES,
  ...PROXY_NAMES,
  'CODEX_HOME',
  'CLAUDE_CONFIG_DIR',
  'OPENCODE_CONFIG_DIR',
  'GEMINI_CLI_HOME',
  'NO_COLOR',
  'FORCE_COLOR',
  'CI',
  'TZ',
  'TOKSTAT_LOG',
  'TOKSTAT_UPSTREAM',
  'TOKSTAT_HOST',
  'TOKSTAT_PORT',
  'TOKSTAT_TOKEN_FILE',
  'TOKSTAT_ALLOWED_HOSTS',
  'TOKSTAT_VAULT_KEY_FILE',
  'TOKSTAT_PASSPHRASE',
  'TOKSTAT_PASSPHRASE_FILE',
])
