export const RULE: string
export function licenceOf(name: string, folder: string): string
