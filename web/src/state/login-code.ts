/** The code of `/login#code=…`, taken out of the address bar and the history before anything else is done. */
export function takeLoginCode(location: Location, history: History): string | null {
  const code = /^#code=([\w-]{1,200})$/.exec(location.hash)?.[1] ?? null
  if (code === null || !location.pathname.endsWith('/login')) return null
  history.replaceState(null, '', location.pathname)
  return code
}
