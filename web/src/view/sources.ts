import { capitals } from '../../../src/format/provider-names.ts'

const NAMES: Readonly<Record<string, string>> = {
  opencode: 'OpenCode',
  'antigravity-accounts': 'antigravity-accounts.json',
  'claude-code': 'Claude Code',
  'codex-cli': 'Codex CLI',
  'gemini-cli': 'Gemini CLI',
  'github-copilot': 'GitHub Copilot',
  gh: 'GitHub CLI (gh)',
  'cli-proxy-api': 'CLIProxyAPI',
  'antigravity-ide': 'Antigravity editor',
  env: 'Environment variables',
  vault: 'Logins of tokstat itself',
}

/** The tool a login was found in, as people call it. */
export function sourceName(source: string): string {
  return NAMES[source] ?? capitals(source)
}
