/** Programs that tests need beside Node, and how Debian installs them. */
import { spawnSync } from 'node:child_process'

const PACKAGE_OF: Readonly<Record<string, string>> = {
  prometheus: 'prometheus',
  promtool: 'prometheus',
  openssl: 'openssl',
  shellcheck: 'shellcheck',
  nix: 'nix-bin',
  'nix-instantiate': 'nix-bin',
  'systemd-analyze': 'systemd',
  man: 'man-db',
  'prometheus-alertmanager': 'prometheus-alertmanager',
  'prometheus-node-exporter': 'prometheus-node-exporter',
}

export interface Tools {
  readonly missing: readonly string[]
  /** For the title of a test: empty when all is there, else what is skipped for want of what, and the line that helps. */
  readonly note: string
}

/**
 * Looks for programs. One that is missing is a visible skip on somebody's own machine and an error in CI, where a
 * skipped proof would pass for a proof.
 */
export function lookForTools(...names: readonly string[]): Tools {
  const missing = names.filter((name) => spawnSync(name, [name === 'tmux' ? '-V' : '--version']).error !== undefined)
  if (missing.length === 0) return { missing, note: '' }
  const packages = [...new Set(missing.map((name) => PACKAGE_OF[name] ?? name))]
  const install = `sudo apt-get install ${packages.join(' ')}`
  if (process.env['CI'] === 'true') throw new Error(`${missing.join(', ')} missing in CI: ${install}`)
  return { missing, note: ` (skipped: ${missing.join(', ')} missing; ${install})` }
}
