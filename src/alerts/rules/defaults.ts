import type { AlertCondition, AlertRule } from '../../model/index.ts'

function logOnly(name: string, when: AlertCondition, severity: AlertRule['severity']): AlertRule {
  return {
    name,
    when,
    for: { kind: 'readings', count: 1 },
    notify: [],
    provider: ['*'],
    account: ['*'],
    quota: ['*'],
    kind: ['*'],
    severity,
  }
}

/** What is watched without any `[[alerts]]`: into the log and the web page only (contracts section 8). */
export const DEFAULT_ALERT_RULES: readonly AlertRule[] = [
  logOnly('exhausted', { kind: 'exhausted' }, 'critical'),
  logOnly('low quota', { kind: 'level', atMost: 'low' }, 'warning'),
  logOnly('runs out before reset', { kind: 'runs_out_before_reset' }, 'warning'),
  logOnly('signed out', { kind: 'auth_required' }, 'critical'),
]
