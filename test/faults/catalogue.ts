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

const fault = (id: string, what: string, ...tests: readonly string[]): Fault => ({ id, what, tests })
const noted = (remark: string, { id, what, tests }: Fault): Fault => ({ id, what, tests, remark })

const NO_CHILDREN = 'The daemon starts no program; a tool of an owner runs only when it is asked for.'

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
    title: 'Login files of other tools',
    faults: [
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
      noted('There are no sessions yet: the page needs no login of its own.', fault('W21', 'sessions that never end')),
      fault('W22', 'a header twice', SERVER),
      fault('W23', 'callers who leave in the middle', SERVER),
      fault('W24', 'script from elsewhere', SERVER),
      fault('W25', 'answers that are kept by others', SERVER),
      fault('W26', 'a token in the address', SERVER),
      noted('Belongs to the channels of alerts.', fault('W27', 'a webhook that probes the inside')),
      fault('W28', 'a body read before the check', SERVER),
      fault('W29', 'a flood of requests', SERVER),
      noted(
        'The sharing of one stream between tabs belongs to the web app.',
        fault('W30', 'many streams of one reader', SERVER),
      ),
    ],
  },
  {
    title: 'The process',
    faults: [
      fault('P01', 'one exception that ends a loop', ATTEMPT, 'src/collector/board.test.ts', LIFE),
      fault('P02', 'a restart storm', STOP),
      fault('P03', 'exit codes that do not say what happened', STOP),
      noted(NO_CHILDREN, fault('P04', 'orphans and zombies', STOP)),
      noted(NO_CHILDREN, fault('P05', 'a child whose pipe is full', STOP)),
      noted(NO_CHILDREN, fault('P06', 'a child that ignores the end', STOP)),
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
