/** Names, models and plans the simulated world is made of. */

export const PEOPLE = [
  'ada',
  'grace',
  'linus',
  'alan',
  'barbara',
  'donald',
  'edsger',
  'margaret',
  'dennis',
  'ken',
  'radia',
  'tim',
  'frances',
  'john',
  'hedy',
  'shannon',
  'katherine',
  'niklaus',
  'anita',
  'bjarne',
  'adele',
  'guido',
  'shafi',
  'vint',
  'karen',
  'james',
  'jean',
  'leslie',
  'sophie',
  'yukihiro',
  'evelyn',
  'brian',
  'mary',
  'rob',
  'lynn',
  'butler',
  'dorothy',
  'tony',
  'joan',
  'peter',
] as const

export interface CloudModel {
  readonly id: string
  readonly label: string
  /** Which shared allowance it draws from; null: not metered (helpers without a quota). */
  readonly pool: 'gemini' | '3p' | null
  readonly internal?: boolean
}

/** Models of an Antigravity account, late 2026, helpers included. */
export const CLOUD_MODELS: readonly CloudModel[] = [
  { id: 'claude-opus-4-6-thinking', label: 'Claude Opus 4.6 (Thinking)', pool: '3p' },
  { id: 'claude-sonnet-4-6', label: 'Claude Sonnet 4.6', pool: '3p' },
  { id: 'gpt-oss-120b-medium', label: 'GPT-OSS 120B (Medium)', pool: '3p' },
  { id: 'gemini-3.1-pro-high', label: 'Gemini 3.1 Pro (High)', pool: 'gemini' },
  { id: 'gemini-3.1-pro-low', label: 'Gemini 3.1 Pro (Low)', pool: 'gemini' },
  { id: 'gemini-3-flash', label: 'Gemini 3 Flash', pool: 'gemini' },
  { id: 'gemini-3-pro-image', label: 'Gemini 3 Pro Image', pool: 'gemini' },
  { id: 'gemini-2.5-flash-lite', label: 'Gemini 2.5 Flash Lite', pool: 'gemini' },
  { id: 'tab_flash_lite_preview', label: 'Tab', pool: 'gemini' },
  { id: 'chat_20706', label: '', pool: null },
  { id: 'rev19-uic3-1p', label: 'Internal', pool: null, internal: true },
]

/** Models of a Gemini CLI account and the daily meter each draws from. */
export const CLI_MODELS: readonly { readonly id: string; readonly tier: 'pro' | 'flash' | 'flash-lite' }[] = [
  { id: 'gemini-2.5-pro', tier: 'pro' },
  { id: 'gemini-3.1-pro-preview', tier: 'pro' },
  { id: 'gemini-2.5-flash', tier: 'flash' },
  { id: 'gemini-3-flash', tier: 'flash' },
  { id: 'gemini-2.5-flash-lite', tier: 'flash-lite' },
]

export interface SimPlan {
  readonly id: string
  readonly name: string
  /** How much larger its windows are than the smallest plan's. */
  readonly size: number
}

export const PLANS = {
  antigravity: [
    { id: 'g1-pro-tier', name: 'Google AI Pro', size: 2 },
    { id: 'g1-ultra-tier', name: 'Google AI Ultra', size: 8 },
    { id: 'free-tier', name: 'Antigravity', size: 1 },
  ],
  'gemini-cli': [
    { id: 'standard-tier', name: 'Gemini Code Assist Standard', size: 2 },
    { id: 'legacy-tier', name: 'Gemini Code Assist Legacy', size: 1 },
  ],
  claude: [
    { id: 'max', name: 'Max 20x', size: 8 },
    { id: 'pro', name: 'Pro', size: 1 },
    { id: 'max', name: 'Max 5x', size: 3 },
  ],
  codex: [
    { id: 'plus', name: 'Plus', size: 1 },
    { id: 'pro', name: 'Pro', size: 6 },
    { id: 'team', name: 'Team', size: 1 },
  ],
  copilot: [
    { id: 'individual_pro', name: 'Pro+', size: 5 },
    { id: 'individual', name: 'Pro', size: 1 },
    { id: 'business', name: 'Business', size: 1 },
  ],
  openrouter: [{ id: 'paid', name: 'Pay as you go', size: 1 }],
  'nano-gpt': [{ id: 'active', name: 'Subscription', size: 1 }],
  deepseek: [{ id: 'paid', name: 'Pay as you go', size: 1 }],
} as const satisfies Record<string, readonly [SimPlan, ...SimPlan[]]>

/** The providers the simulator speaks for. */
export type SimProvider = keyof typeof PLANS

export const SIM_PROVIDERS: readonly SimProvider[] = [
  'antigravity',
  'gemini-cli',
  'claude',
  'codex',
  'copilot',
  'openrouter',
  'nano-gpt',
  'deepseek',
]

export function isSimProvider(id: string): id is SimProvider {
  return Object.hasOwn(PLANS, id)
}
