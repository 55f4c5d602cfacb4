import { clientPlaces } from './oauth/client-places.ts'
import type { Place, SourceEnvironment } from './ports.ts'
import { SOURCES } from './sources/all.ts'

/** Every path that may be read to find logins or to refresh them, for `explain`. Nothing of it is ever written. */
export function placesRead(environment: SourceEnvironment): readonly Place[] {
  const all = [...SOURCES.flatMap((source) => source.places(environment)), ...clientPlaces(environment)]
  return [...new Map(all.map((place) => [place.place, place])).values()]
}
