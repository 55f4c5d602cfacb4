import type { JSX } from 'preact'
import { useApp } from '../app-context.ts'
import { useStore } from '../state/store.ts'

export function ShadeScale(): JSX.Element {
  const words = useStore(useApp().words)
  return (
    <p class="shade-scale soft small" aria-hidden="true">
      {words.t('analytics.less')}
      {[0, 1, 2, 3, 4].map((shade) => (
        <span key={shade} data-shade={shade} />
      ))}
      {words.t('analytics.moreScale')}
    </p>
  )
}
