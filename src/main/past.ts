import { EXPORT_TYPES, exportText } from '../history/export.ts'
import type { HistoryStore, Sample } from '../model/history.ts'
import type { Past } from '../server/deps.ts'
import type { PrivateView } from './privacy.ts'

/** The history under the names that are shown: the store's own, or the pseudonyms of privacy. */
export function pastOf(store: HistoryStore, view: Pick<PrivateView, 'shown' | 'real'> | null): Past {
  const shown = (account: string): string => view?.shown(account) ?? account
  const hide = (sample: Sample): Sample => {
    const account = shown(sample.account)
    return { ...sample, account, name: account.slice(account.indexOf('/') + 1) }
  }
  return {
    store,
    shown,
    hidden: (query) =>
      query.account === undefined ? query : { ...query, account: view?.real(query.account) ?? query.account },
    exported: (format, query) => ({
      type: EXPORT_TYPES[format],
      text: exportText(format, () => (view === null ? store.samples(query) : mapped(store.samples(query), hide))),
    }),
  }
}

function* mapped(samples: Iterable<Sample>, change: (sample: Sample) => Sample): IterableIterator<Sample> {
  for (const sample of samples) yield change(sample)
}
