import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** Where the built web app lies: beside the bundle, above one of its chunks, or in dist of a source tree. */
export function webFolder(): string {
  const here = import.meta.dirname
  const places = [join(here, 'web'), join(here, '..', 'web'), join(here, '..', '..', 'dist', 'web')]
  return places.find((place) => existsSync(join(place, 'index.html'))) ?? join(here, 'web')
}
