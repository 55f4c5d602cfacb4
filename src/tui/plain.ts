import { ageText } from '../format/age.ts'
import { clean } from '../format/clean.ts'
import { accountTitle, headline } from '../format/headline.ts'
import { instantText } from '../format/instant.ts'
import { problemSentence } from '../format/status-words.ts'
import { verdictText } from '../format/verdict-words.ts'
import type { DashboardOptions, LiveUpdate } from '../model/app.ts'
import { isOutdated } from '../model/binding.ts'
import type { AccountDocument, AccountsDocument } from '../model/document.ts'
import { bestOfDocument, documentAt } from '../model/document-state.ts'
import { fromIso } from '../model/time.ts'
import type { DashboardDeps } from './session.ts'
import type { RunningDashboard } from './start.tsx'
import { valueText } from './view-models/gauge.ts'

const KEYS = 'Keys: l reads everything again, r asks the services, q leaves.'

/**
 * The dashboard as lines of plain text: everything once, then a line for each account that has changed. No screen, no
 * colours, nothing is drawn over: for screen readers and for pipes.
 */
export function startPlain(deps: DashboardDeps, io: Pick<DashboardOptions, 'print' | 'onKeys'>): RunningDashboard {
  const dashboard = new PlainDashboard(deps, io.print)
  let finish = (): void => undefined
  let fail: (error: unknown) => void = () => undefined
  const done = new Promise<void>((resolve, reject) => {
    finish = resolve
    fail = reject
  })
  const stop = io.onKeys(
    (keys) => {
      for (const key of keys) {
        if (key === 'q' || key === '\u0003') finish()
        if (key === 'l') dashboard.sayAll()
        if (key === 'r') void dashboard.refresh()
      }
    },
    // A pipe that ends is nobody who could press q: it goes on until a signal.
    () => undefined,
  )
  return { update: (event) => dashboard.update(event), quit: finish, fail, done: done.finally(stop) }
}

class PlainDashboard {
  readonly #deps: DashboardDeps
  readonly #print: (line: string) => void
  #document: AccountsDocument | null = null
  readonly #said = new Map<string, string>()

  constructor(deps: DashboardDeps, print: (line: string) => void) {
    this.#deps = deps
    this.#print = print
  }

  update(event: LiveUpdate): void {
    if (event.kind === 'alert') return
    if (event.kind === 'connection') {
      if (event.state === 'lost') this.#print('The daemon does not answer; trying again.')
      return
    }
    const isFirst = this.#document === null
    this.#document = event.document
    if (isFirst) this.sayAll()
    else this.#sayChanges()
  }

  sayAll(): void {
    const document = this.#current()
    if (document === null) return
    const { clock, rules, timeZone } = this.#deps
    const now = clock.now()
    const best = bestOfDocument(document, {}, now, rules)
    this.#print(headline({ document, best, now, instant: instantText(timeZone) }))
    for (const account of document.accounts) {
      this.#print(this.#sentence(account, document, true))
      this.#said.set(account.id, this.#sentence(account, document, false))
    }
    this.#print(KEYS)
  }

  async refresh(): Promise<void> {
    this.#print('Asking every service.')
    try {
      const results = await this.#deps.session.refresh(null)
      const read = results.filter((result) => result.outcome === 'read').length
      this.#print(`${read} of ${results.length} accounts read.`)
    } catch (error) {
      this.#print(error instanceof Error ? error.message : 'It did not work.')
    }
  }

  #sayChanges(): void {
    const document = this.#current()
    for (const account of document?.accounts ?? []) {
      if (document === null) return
      const sentence = this.#sentence(account, document, false)
      if (this.#said.get(account.id) === sentence) continue
      this.#said.set(account.id, sentence)
      this.#print(this.#sentence(account, document, true))
    }
  }

  #current(): AccountsDocument | null {
    const { clock, rules } = this.#deps
    return this.#document === null ? null : documentAt(this.#document, clock.now(), rules)
  }

  /** `Claude (work), as of 1 min ago: Session (5 h) 31% left, lasts until reset. …` */
  #sentence(account: AccountDocument, document: AccountsDocument, withAge: boolean): string {
    const now = this.#deps.clock.now()
    const instant = instantText(this.#deps.timeZone)
    const isStale = isOutdated(account, now)
    const quotas = account.quotas
      .filter((quota) => !quota.helper)
      .map((quota) => `${clean(quota.label)} ${valueText(quota, 'left')}, ${verdictText(quota, now, isStale, instant)}`)
    const problem = problemSentence(account, now, instant)
    const age = withAge ? `, ${ageText(fromIso(account.observedAt), now)}` : ''
    const parts = [...(problem === null ? [] : [clean(problem).replace(/\.$/, '')]), ...quotas]
    return `${accountTitle(account, document)}${age}: ${parts.join('. ')}.`
  }
}
