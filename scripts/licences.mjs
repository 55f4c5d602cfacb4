/** The licence of every bundled library, in full: what MIT, BSD and Apache ask of whoever passes a copy on. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Between two libraries in THIRD-PARTY-LICENSES.txt. */
export const RULE = `\n\n${'-'.repeat(80)}\n\n`

/** Libraries that name their licence and do not bring its text: whose they are, and the texts they mean. */
const WITHOUT_TEXT = {
  '@bufbuild/protobuf': {
    holders: ['2021-2026 Buf Technologies, Inc.', '2008 Google Inc.  All rights reserved.'],
    texts: ['Apache-2.0', 'BSD-3-Clause'],
  },
  '@hono/zod-openapi': { holders: ['Yusuke Wada and the Hono contributors'], texts: ['MIT'] },
  '@hono/zod-validator': { holders: ['Yusuke Wada and the Hono contributors'], texts: ['MIT'] },
  'yoga-layout': { holders: ['Meta Platforms, Inc. and affiliates.'], texts: ['MIT'] },
}

/** `name version`, then every licence and notice of the library. Throws for one whose text nobody knows. */
export function licenceOf(name, folder) {
  const about = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const files = readdirSync(folder).filter((entry) => /^(licen[cs]e|copying|notice)/i.test(entry))
  const texts = files.sort().map((file) => readFileSync(join(folder, file), 'utf8').trim())
  return [`${name} ${about.version}`, ...(texts.length > 0 ? texts : spelledOut(name, about.license))].join('\n\n')
}

function spelledOut(name, licence) {
  const known = WITHOUT_TEXT[name]
  if (known === undefined) {
    throw new Error(
      `${name} (${licence}) is bundled and brings no text of its licence: name it in scripts/licences.mjs`,
    )
  }
  const holders = known.holders.map((holder) => `Copyright (c) ${holder}`)
  const texts = known.texts.map((text) =>
    readFileSync(join(import.meta.dirname, 'licences', `${text}.txt`), 'utf8').trim(),
  )
  return [holders.join('\n'), ...texts]
}
