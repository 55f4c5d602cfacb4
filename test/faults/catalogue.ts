/**
 * The faults this program is built against, and where each of them is injected. docs/reliability.md shows this table;
 * a test holds the two equal, and every file named here must name the fault.
 */

export interface Fault {
  readonly id: string
  readonly what: string
  /** Test files that inject it, from the root of the project. */
  readonly tests: readonly string[]
  /** Why there is no test, or what of it belongs to a later part. */
  readonly remark?: string
}

export interface Section {
  readonly title: string
  readonly faults: readonly Fault[]
}

const UPSTREAM = 'test/faults/upstream.test.ts'
const DRIFT = 'test/faults/drift.test.ts'
const LOGINS = 'test/faults/logins.test.ts'
const TRANSPORT = 'test/faults/secure-transport.test.ts'
const SERVER = 'test/faults/server.test.ts'
const STOP = 'test/faults/stop.test.ts'
const OTHERS = 'test/faults/other-services.test.ts'
const DAEMON = 'test/e2e/daemon.test.ts'
const COMMANDS = 'test/e2e/commands.test.ts'
const ATTEMPT = 'src/collector/attempt.test.ts'
const COOLDOWNS = 'src/collector/cooldowns.test.ts'
const ENGINE = 'src/collector/engine.test.ts'
const LIFE = 'src/collector/engine-life.test.ts'
const ROSTER = 'src/collector/roster.test.ts'
const HARMLESS = 'test/faults/harmlessness.test.ts'
const GOOGLE = 'src/credentials/oauth/google.test.ts'
const GRANTS = 'src/credentials/vault/grants.test.ts'
const VAULT_FILE = 'src/credentials/vault/file.test.ts'
const STORE = 'src/credentials/store.test.ts'
const SWITCH = 'src/alerts/switch.test.ts'
const EDIT = 'src/platform/locked-edit.test.ts'
const CHILD = 'src/platform/child.test.ts'
const CODEX = 'src/credentials/sources/codex-cli.test.ts'
const CANARY = 'test/e2e/canary.test.ts'
const VISIBLE = 'test/faults/process-secrets.test.ts'
const DISK = 'src/history/disk.test.ts'
const DATABASE = 'src/history/database.test.ts'
const HISTORY = 'src/history/store.test.ts'
const RETENTION = 'src/history/retention.test.ts'
const SQLITE = 'src/platform/sqlite-reader.test.ts'
const ALERTS = 'src/alerts/faults.test.ts'
const ALERT_KILL = 'test/faults/alert-kill.test.ts'
const KILL_LOOP = 'test/faults/kill-loop.test.ts'
const CYCLE = 'src/model/cycle.test.ts'
const TIME = 'src/model/time.test.ts'
const ZONE = 'src/server/zone.test.ts'
const PACE = 'src/model/pace.test.ts'

const fault = (id: string, what: string, ...tests: readonly string[]): Fault => ({ id, what, tests })
const noted = (remark: string, { id, what, tests }: Fault): Fault => ({ id, what, tests, remark })

export const CATALOGUE: readonly Section[] = [
  {
    title: 'Services that answer badly',
    faults: [
      fault('H01', '429 that names no delay', UPSTREAM, COOLDOWNS, ENGINE),
      fault('H02', '429 with a delay of zero', UPSTREAM, COOLDOWNS),
      fault('H03', 'a long pause that starts anew when somebody asks inside it', LOGINS, COOLDOWNS, ENGINE),
      fault('H04', 'a delay as a date, absurd, or below zero', UPSTREAM, COOLDOWNS),
      fault('H05', 'the delay stands in the body', UPSTREAM),
      fault('H06', '429 that speaks of logins', UPSTREAM, ENGINE),
      fault('H07', 'a new token fetched because of a 429', UPSTREAM, ATTEMPT),
      fault('H08', 'a firewall that answers 429', UPSTREAM),
      fault('H09', 'many failures of one window counted as many', COOLDOWNS),
      fault('H10', 'the pause of one account put on another', ATTEMPT, COOLDOWNS, ENGINE),
      fault('H11', '401 although the login looks fresh', LOGINS, ATTEMPT, ENGINE),
      fault('H12', 'a single 401', ENGINE),
      fault('H13', 'the many meanings of 403', UPSTREAM),
      fault('H14', 'a challenge page instead of an answer', UPSTREAM),
      fault('H15', '5xx of every kind', UPSTREAM),
      fault('H16', '200 with a web page', UPSTREAM),
      fault('H17', '200 with nothing in it', UPSTREAM),
      fault('H18', 'an answer that is cut off, at every byte', UPSTREAM),
      fault('H19', 'compression that is not labelled, or twice', UPSTREAM),
      fault('H20', 'a body without end', UPSTREAM),
      fault('H21', 'silence, or one byte a second', UPSTREAM),
      fault('H22', 'a compressed bomb', UPSTREAM),
      fault('H23', 'a redirect that would take the token along', UPSTREAM),
      fault('H24', 'certificates nobody knows, expired, of another host', TRANSPORT),
      fault('H25', 'proxies that refuse, fail or are silent', TRANSPORT),
      noted(
        'Names that cannot be resolved are told apart in src/platform/http.test.ts.',
        fault('H26', 'no network', UPSTREAM),
      ),
      fault('H27', 'an address that would lead a token to a stranger', COMMANDS),
      fault('H28', 'cookies and caches that mix accounts up', UPSTREAM),
      fault('H29', 'connections that pile up', UPSTREAM),
      fault('H30', 'a client that is said to be too old', UPSTREAM),
      fault('H31', '4xx about the request, not the account', UPSTREAM, ENGINE),
      fault('H32', 'one black hole among fifty', UPSTREAM, ATTEMPT, LIFE, 'src/collector/slots.test.ts'),
    ],
  },
  {
    title: 'Answers whose form has changed',
    faults: [
      fault('S01', 'keys nobody knows', DRIFT),
      fault('S02', 'one bad element among good ones', DRIFT),
      fault('S03', 'windows that are null or absent', DRIFT, OTHERS),
      fault('S04', 'zero that is left out', DRIFT),
      fault('S05', 'nothing granted, and no limit at all', OTHERS),
      fault('S06', 'used and left swapped', DRIFT, OTHERS),
      fault('S07', 'share and percent confused', DRIFT, OTHERS),
      fault('S08', 'cents taken for dollars', OTHERS),
      fault('S09', 'more than everything', DRIFT, OTHERS),
      fault('S10', 'numbers that are none', DRIFT),
      fault('S11', 'windows in another order', DRIFT),
      fault('S12', 'instants in another form', DRIFT),
      fault('S13', 'a window that is withdrawn', DRIFT),
      fault('S14', 'a plan with a new name', DRIFT),
      fault('S15', 'an address that is gone', DRIFT),
      fault('S16', 'bytes that are no message', 'src/credentials/antigravity-state/user-status.test.ts'),
      fault('S17', 'everything full, because nobody counted', DRIFT),
      fault('S18', 'half of the answers', DRIFT),
      fault('S19', 'helper models in the list', DRIFT),
      fault('S20', 'hostile JSON: prototype, depth, huge numbers', DRIFT),
      fault('S21', 'a login file with entries of every form', LOGINS),
      fault('S22', 'two people who look like one', LOGINS),
      fault('S23', 'one login in three places', LOGINS),
    ],
  },
  {
    title: 'Logins and their files',
    faults: [
      fault('C01', 'a token of another tool that we spend', HARMLESS),
      fault('C02', 'two requests that refresh at once', GOOGLE, GRANTS),
      fault('C03', 'two processes that refresh at once', GRANTS),
      fault('C04', 'a new token whose answer was lost', GRANTS),
      fault('C05', 'a new token that cannot be saved', GRANTS),
      fault('C06', 'a login that has ended, asked again for ever', GOOGLE, GRANTS),
      fault('C07', 'the same end under another status', GOOGLE),
      fault('C08', 'the wrong client, or another encoding', GOOGLE),
      fault('C09', 'an answer without a new refresh token', GRANTS),
      fault('C10', 'an answer without an access token', GRANTS),
      fault('C11', 'a token that is copied once and kept', HARMLESS, ENGINE),
      fault('C12', 'old text written over a new login', HARMLESS, SWITCH, EDIT),
      fault('C13', 'storms of refreshes and of file events', GOOGLE, STORE),
      fault('C14', 'torn, truncated, with an old tail', LOGINS),
      fault('C15', 'absent for a moment', LOGINS, LIFE),
      fault('C16', 'a real logout', LOGINS, LIFE),
      noted(
        'Not injected where the tests run as root, who may read everything.',
        fault('C17', 'no permission', LOGINS),
      ),
      fault('C18', 'files of ours that others could read', LOGINS),
      fault('C19', 'symbolic links', LOGINS),
      fault('C20', 'a FIFO, a folder, a gigabyte', LOGINS),
      fault('C21', 'byte order marks, UTF-16, NUL, a comma too many', LOGINS),
      fault('C22', 'locks that are held, stolen or left behind', SWITCH, EDIT),
      noted(
        'No tool is run to refresh a login; agy tells its quotas when asked for or allowed, and has 45 s and then 5 s to end.',
        fault('C23', 'a tool of an owner that is killed while it refreshes'),
      ),
      fault('C24', 'accounts that are mixed up', LIFE, ROSTER),
      fault('C25', 'a keyring that is locked, absent or slow', 'src/credentials/vault/keyring.test.ts', GRANTS),
      fault('C26', 'a keyring entry of somebody else', GRANTS),
      fault('C27', 'tests that reach real logins or services', 'test/helpers/setup.test.ts'),
      fault(
        'C28',
        'an account that returns after it was removed',
        LIFE,
        GRANTS,
        'src/credentials/vault/accounts.test.ts',
      ),
      fault('C29', 'a login callback that others can reach', 'src/credentials/login/google.test.ts'),
      fault('C30', 'a device login that asks too often', 'src/credentials/login/device.test.ts'),
      fault('C31', 'an owner whose files have moved', CODEX, 'src/credentials/sources/gemini-cli.test.ts'),
      fault('C32', 'a login whose scope is too small', 'test/faults/claude-scope.test.ts'),
    ],
  },
  {
    title: 'The local server',
    faults: [
      fault('W01', 'the port is taken', DAEMON),
      fault('W02', 'a web page that calls itself by our name', SERVER),
      fault('W03', 'leave to read for every origin', SERVER),
      fault('W04', 'a change asked for by another site', SERVER),
      fault('W05', 'an open address without a token', DAEMON, SERVER),
      fault('W06', 'a route without the check', SERVER),
      fault('W07', 'an address that the caller made up', SERVER),
      fault('W08', 'secrets and paths in answers', SERVER),
      fault('W09', 'script in names', SERVER),
      fault('W10', 'terminal escapes in names', SERVER),
      fault('W11', 'line breaks in metrics', SERVER),
      fault('W12', 'label names made of data', SERVER),
      fault('W13', 'series twice, series that linger', SERVER),
      fault('W14', 'paths that climb out', SERVER),
      fault('W15', 'a stream that nobody reads', SERVER),
      fault('W16', 'a pause taken for a goodbye', SERVER),
      fault('W17', 'a request head that never ends', SERVER),
      fault('W18', 'requests that are none', SERVER),
      fault('W19', 'reads that ask upstream', SERVER),
      fault('W20', 'no answer before the first poll', SERVER),
      fault('W21', 'sessions that never end', 'src/server/sessions.test.ts'),
      fault('W22', 'a header twice', SERVER),
      fault('W23', 'callers who leave in the middle', SERVER),
      fault('W24', 'script from elsewhere', SERVER),
      fault('W25', 'answers that are kept by others', SERVER),
      fault('W26', 'a token in the address', SERVER),
      fault('W27', 'a webhook that probes the inside', 'src/platform/alert-http.test.ts'),
      fault('W28', 'a body read before the check', SERVER),
      fault('W29', 'a flood of requests', SERVER),
      fault('W30', 'many streams of one reader', SERVER, 'test/e2e/web.test.ts'),
    ],
  },
  {
    title: 'The process',
    faults: [
      fault('P01', 'one exception that ends a loop', ATTEMPT, 'src/collector/board.test.ts', LIFE),
      fault('P02', 'a restart storm', STOP),
      fault('P03', 'exit codes that do not say what happened', STOP),
      fault('P04', 'orphans and zombies', CHILD, STOP),
      fault('P05', 'a child whose pipe is full', CHILD, STOP),
      fault('P06', 'a child that ignores the end', CHILD, STOP),
      fault('P07', 'two versions at once', STOP),
      fault('P08', 'a flood of log lines', STOP),
      fault('P09', 'a blocked event loop', STOP),
      fault('P10', 'an end at any moment', STOP, ATTEMPT, LIFE),
      fault('P11', 'a terminal or a reader that goes away', DAEMON, COMMANDS),
      noted(
        'The long soak runs before a release.',
        fault('P12', 'memory that grows', COOLDOWNS, 'src/collector/memory.test.ts'),
      ),
      fault('P13', 'calls that cost money', UPSTREAM, STOP),
      fault('P14', 'probing that starts other programs', STOP),
      noted('tokstat never updates itself.', fault('P15', 'an update that cannot be trusted')),
      fault('P16', 'two that poll', DAEMON, STOP),
    ],
  },
  {
    title: 'What could leak',
    faults: [
      fault('L01', 'a token in the log', CANARY, 'src/platform/log.test.ts'),
      fault('L02', 'an error that quotes the token', CANARY),
      fault('L03', 'reports for support', CANARY),
      fault('L04', 'arguments of a process', VISIBLE),
      fault('L05', 'query strings and access logs', CANARY, 'src/server/front.test.ts'),
      fault('L06', 'an e-mail in labels, addresses and events', 'src/collector/privacy.test.ts'),
      fault('L07', 'a call to any other host', ATTEMPT),
      noted(
        'Elsewhere than in our units the limits of the system count.',
        fault('L08', 'pictures of the memory', 'src/main/service/systemd.test.ts'),
      ),
      fault('L09', 'an environment that is handed on', CHILD, 'src/platform/desktop.test.ts'),
      fault('L10', 'copies that a kill leaves behind', EDIT),
      fault('L11', 'weak storage', VAULT_FILE, 'src/credentials/vault/choose.test.ts'),
      fault('L12', 'the address of a webhook', 'src/alerts/alerts.test.ts'),
      fault('L13', 'who it is, in a message', 'src/alerts/alerts.test.ts'),
      fault('L14', 'the way from source to user', 'test/deploy/release.test.ts'),
      fault('L15', 'a comparison whose time tells', 'src/server/security.test.ts'),
    ],
  },
  {
    title: 'The history on disk',
    faults: [
      fault('D01', 'a broken database', DISK),
      fault('D02', 'a full disk', DISK),
      fault('D03', 'a folder that is missing or read-only', DISK),
      fault('D04', 'a database that somebody holds', DISK),
      fault('D05', 'settings of one connection only', DATABASE),
      fault('D06', 'a database thrown away for a passing error', DATABASE, DISK),
      fault('D07', 'half of a reading', HISTORY),
      fault('D08', 'an SQLite that loses data', DATABASE),
      fault('D09', 'a log that grows beside it', RETENTION),
      fault('D10', 'the database of another tool, in use', SQLITE, 'src/main/local-reading.test.ts'),
      fault('D11', 'kill -9 in the middle', 'src/history/kill.test.ts', KILL_LOOP),
      fault('D12', 'another version of the schema', 'src/history/migrate.test.ts'),
      fault('D13', 'two daemons with one database', DAEMON),
      fault('D14', 'a container that is replaced', 'test/deploy/containers.test.ts'),
      fault(
        'D15',
        'settings that lose what we do not know',
        'src/config/change.test.ts',
        'src/credentials/vault/accounts.test.ts',
      ),
      fault('D16', 'one bad row', HISTORY),
      fault('D17', 'growth without end', RETENTION),
      fault('D18', 'writing without need', HISTORY),
      fault('D19', 'a file system of another machine', DATABASE),
      fault('D20', 'one instant twice, and time that goes back', HISTORY),
      fault('D21', 'a copy without what is in the log', 'src/history/backup.test.ts'),
      noted('The history is one file of SQLite; there is no database server.', fault('D22', 'PostgreSQL that is away')),
    ],
  },
  {
    title: 'Alerts',
    faults: [
      fault('A01', 'an outage of our own', ALERTS),
      fault('A02', 'a channel that is down', ALERTS),
      fault('A03', 'one wrong sample', ALERTS),
      fault('A04', 'numbers that are old or deduced', ALERTS),
      fault('A05', 'state that two accounts share', ALERTS),
      fault('A06', 'a value that wobbles', ALERTS),
      fault('A07', 'a restart that fires again', ALERTS, ALERT_KILL, KILL_LOOP),
      fault('A08', 'a restart that forgets', ALERTS, ALERT_KILL, KILL_LOOP),
      fault('A09', 'one channel that hangs', ALERTS),
      fault('A10', 'a forecast for what never resets', ALERTS),
      fault('A11', 'a flood of messages', ALERTS),
      fault('A12', 'the same word at every poll', ALERTS),
      fault('A13', 'a warning that comes when it is over', ALERTS),
      fault('A14', 'a message twice', ALERTS, ALERT_KILL),
      fault('A15', 'a clock that jumps', ALERTS),
    ],
  },
  {
    title: 'Time',
    faults: [
      fault('T01', 'a reset that has passed', ENGINE),
      fault('T02', 'a reset time that jitters', CYCLE),
      fault('T03', 'a reset whose time stays, or that comes early', CYCLE),
      fault('T04', 'use that falls without a reset', CYCLE),
      noted('No instant is read from prose: what is not ISO 8601 is none.', fault('T05', 'dates as text', TIME)),
      fault('T06', 'three zones at once', ZONE, 'src/format/time-words.test.ts'),
      fault('T07', 'summer time and odd calendars', ZONE),
      fault('T08', 'a month of 30 days', PACE),
      fault('T09', 'a span of no length', PACE),
      fault('T10', 'the end of the wrong token', CODEX),
      fault('T11', 'a local clock that is wrong', ATTEMPT),
      fault('T12', 'a clock that goes back or leaps', COOLDOWNS, LIFE, CYCLE, 'src/model/burn.test.ts', HISTORY),
      fault('T13', 'sleep', LIFE),
      fault('T14', 'a timer of more than 24 days', LIFE),
      fault(
        'T15',
        'an end of 0',
        'src/credentials/sources/opencode.test.ts',
        'src/credentials/sources/cli-proxy-api.test.ts',
      ),
      fault('T16', 'a zone that is none', VISIBLE),
      fault('T17', 'everybody at the instant of the reset', ENGINE, 'src/collector/schedule.test.ts'),
      fault('T18', 'nothing configured', LIFE),
      fault('T19', 'tests that rot', 'test/faults/years-ahead.test.ts'),
    ],
  },
]

/** The table of docs/reliability.md. */
export function catalogueTable(): string {
  return CATALOGUE.map(({ title, faults }) => {
    const rows = faults.map(({ id, what, tests, remark }) => {
      const where = tests.map((file) => `[${nameOf(file)}](../${file})`).join(', ')
      return `| ${id} | ${what} | ${[where, remark ?? ''].filter((part) => part !== '').join('. ')} |`
    })
    return [`### ${title}`, '', '| fault | what happens | injected in |', '|---|---|---|', ...rows].join('\n')
  }).join('\n\n')
}

function nameOf(file: string): string {
  return file.replace(/^(src|test)\//, '').replace(/\.test\.ts$/, '')
}
