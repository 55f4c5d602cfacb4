/** The variables that a program of somebody else's may see: those named, where they are set, and no others. */
export function passedOn(names: readonly string[], get: (name: string) => string | null): Record<string, string> {
  const env: Record<string, string> = {}
  for (const name of names) {
    const value = get(name)
    if (value !== null) env[name] = value
  }
  return env
}
