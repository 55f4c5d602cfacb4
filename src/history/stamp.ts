import { type EpochMs, toIso } from '../model/index.ts'

/** An instant as part of a file name: `20261122T090000Z`. */
export function fileStamp(at: EpochMs): string {
  return toIso(at).replace(/\.\d+/, '').replace(/[-:]/g, '')
}
