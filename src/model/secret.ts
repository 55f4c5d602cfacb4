const MASK = '[secret]'

/**
 * Holds a token so that no log, error, JSON or inspection can print it. `reveal()` is called in one place each:
 * where the header or form field is written.
 */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  reveal(): string {
    return this.#value
  }

  toString(): string {
    return MASK
  }

  toJSON(): string {
    return MASK
  }

  /** What `console.log` and `util.inspect` show under node. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return MASK
  }
}

/** The masking rule of `query`: 10 characters or fewer `***`, else the first 6, `...`, the last 4. */
export function maskSecret(value: string): string {
  if (value === '') return ''
  return value.length <= 10 ? '***' : `${value.slice(0, 6)}...${value.slice(-4)}`
}
