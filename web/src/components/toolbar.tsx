import type { JSX } from 'preact'
import { useApp } from '../app-context.ts'
import { type Place, withParameters } from '../state/location.ts'
import { LAYOUTS, type Preferences } from '../state/preferences.ts'
import { useStore } from '../state/store.ts'
import { type Arrangement, GROUPS, SHOWS, SORTS } from '../view/arrange.ts'
import { refresh } from './refresh.ts'

interface ToolbarProps {
  readonly place: Place
  readonly arrangement: Arrangement
}

/** Filter, sort and group; all of it stands in the address, so that a view can be kept and sent. */
export function Toolbar({ place, arrangement }: ToolbarProps): JSX.Element {
  const app = useApp()
  const words = useStore(app.words)
  const preferences = useStore(app.preferences)
  const set = (name: string, value: string, fallback: string): void =>
    app.go(withParameters(place, { [name]: value === fallback ? '' : value }), true)
  return (
    <search>
      <form class="toolbar" onSubmit={(event) => event.preventDefault()}>
        <label class="filter">
          <span class="hidden">{words.t('overview.filter')}</span>
          <input
            type="search"
            placeholder={words.t('overview.filterHint')}
            value={arrangement.text}
            autocomplete="off"
            spellcheck={false}
            onInput={(event) => set('q', event.currentTarget.value, '')}
          />
          <span class="key" aria-hidden="true">
            /
          </span>
        </label>
        <Choice
          name="show"
          label={words.t('overview.show')}
          value={arrangement.show}
          choices={SHOWS.map((show) => [show, words.t(`show.${show}`)])}
          onChange={(value) => set('show', value, 'all')}
        />
        <Choice
          name="group"
          label={words.t('overview.group')}
          value={arrangement.group}
          choices={GROUPS.map((group) => [group, words.t(`group.${group}`)])}
          onChange={(value) => set('group', value, 'provider')}
        />
        <Choice
          name="sort"
          label={words.t('overview.sort')}
          value={arrangement.sort}
          choices={SORTS.map((sort) => [sort, words.t(`sort.${sort}`)])}
          onChange={(value) => set('sort', value, 'listed')}
        />
        <Choice
          label={words.t('layout.label')}
          value={preferences.layout}
          choices={LAYOUTS.map((layout) => [layout, words.t(`layout.${layout}`)])}
          onChange={(layout) => app.preferences.set({ ...preferences, layout: layout as Preferences['layout'] })}
        />
        <button type="button" class="quiet" onClick={() => void refresh(app, null)}>
          {words.t('overview.refresh')}
        </button>
      </form>
    </search>
  )
}

interface ChoiceProps {
  /** By what a key of the page finds it. */
  readonly name?: string
  readonly label: string
  readonly value: string
  /** Those of the same `group` stand under its name. */
  readonly choices: readonly (readonly [value: string, text: string, group?: string])[]
  readonly onChange: (value: string) => void
}

/** A label with the browser's own list: it is right on every device and for every reader. */
export function Choice({ name, label, value, choices, onChange }: ChoiceProps): JSX.Element {
  return (
    <label class="choice">
      <span class="soft">{label}</span>
      <select name={name} value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        {[...Map.groupBy(choices, ([, , group]) => group)].map(([group, options]) =>
          group === undefined ? (
            optionsOf(options)
          ) : (
            <optgroup key={group} label={group}>
              {optionsOf(options)}
            </optgroup>
          ),
        )}
      </select>
    </label>
  )
}

function optionsOf(choices: ChoiceProps['choices']): readonly JSX.Element[] {
  return choices.map(([choice, text]) => (
    <option key={choice} value={choice}>
      {text}
    </option>
  ))
}
