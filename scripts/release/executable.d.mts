/** Writes `<folder>/tokstat`; its path. */
export function makeExecutable(folder: string): string
