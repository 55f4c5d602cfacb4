import { Component, type ComponentChildren, type ComponentType, createElement, type FunctionComponent } from 'preact'

/** A component that is drawn again only when one of its properties is another one. */
export function memo<Properties extends object>(inner: FunctionComponent<Properties>): ComponentType<Properties> {
  return class Memo extends Component<Properties> {
    override shouldComponentUpdate(next: Readonly<Properties>): boolean {
      const before = this.props as Readonly<Record<string, unknown>>
      return Object.entries(next).some(([name, value]) => !Object.is(before[name], value))
    }

    override render(): ComponentChildren {
      return createElement(inner, this.props as Properties)
    }
  }
}
