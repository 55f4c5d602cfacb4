interface Names {
  /** What people call the service. */
  readonly title: string
  /** Who runs it: the one that slows us down. */
  readonly vendor: string
}

const KNOWN: Readonly<Record<string, Names>> = {
  antigravity: { title: 'Antigravity', vendor: 'Google' },
  'gemini-cli': { title: 'Gemini CLI', vendor: 'Google' },
  claude: { title: 'Claude', vendor: 'Anthropic' },
  codex: { title: 'Codex', vendor: 'OpenAI' },
  copilot: { title: 'Copilot', vendor: 'GitHub' },
  openrouter: { title: 'OpenRouter', vendor: 'OpenRouter' },
  'nano-gpt': { title: 'NanoGPT', vendor: 'NanoGPT' },
  deepseek: { title: 'DeepSeek', vendor: 'DeepSeek' },
}

/** `nano-gpt` → `NanoGPT`; an id that is not known gets capitals: `kimi-code` → `Kimi Code`. */
export function providerTitle(provider: string): string {
  return KNOWN[provider]?.title ?? capitals(provider)
}

/** Who answers for a provider: `claude` → `Anthropic`. */
export function vendorOf(provider: string): string {
  return KNOWN[provider]?.vendor ?? capitals(provider)
}

/** First letters up, dashes to spaces: pools and ids as words. */
export function capitals(id: string): string {
  return id
    .split(/[-_]/)
    .map((part) => part.slice(0, 1).toUpperCase() + part.slice(1))
    .join(' ')
}
