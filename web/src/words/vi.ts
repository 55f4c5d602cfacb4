import { type Catalogue, en } from './en.ts'
export const vi: Catalogue = en
export const viSentences = {}
