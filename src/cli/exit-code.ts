import { STATUS_OF_CODE, type Status } from '../model/problem.ts'

type Standing = 'fine' | 'login' | 'upstream' | 'neutral'

/** What a status means for the exit code: accounts that are switched off or not read yet count neither way. */
function standingOf(status: Status): Standing {
  switch (status) {
    case 'ok':
    case 'stale':
      return 'fine'
    case 'auth_required':
    case 'forbidden':
      return 'login'
    case 'disabled':
    case 'pending':
      return 'neutral'
    case 'rate_limited':
    case 'unreachable':
    case 'bad_response':
    case 'not_entitled':
      return 'upstream'
  }
}

/**
 * 0 when at least one of the accounts asked for succeeded, or there is none; when all failed, 2 if every one needs a
 * login, else 3. Where one account was named, pass that one: its failure is then the answer.
 */
export function exitCodeOf(statuses: readonly Status[]): 0 | 2 | 3 {
  const standings = statuses.map(standingOf).filter((standing) => standing !== 'neutral')
  if (standings.length === 0 || standings.includes('fine')) return 0
  return standings.every((standing) => standing === 'login') ? 2 : 3
}

/** The same for results that carry a problem code or null for success; an unknown code counts as upstream. */
export function exitCodeOfProblems(codes: readonly (string | null)[]): 0 | 2 | 3 {
  const known: Readonly<Record<string, Status>> = STATUS_OF_CODE
  return exitCodeOf(codes.map((code) => (code === null ? 'ok' : (known[code] ?? 'bad_response'))))
}
