/**
 * Writes the types of the library entry: what tsc says of src/main/library.ts, and of the files its types name. Not of
 * what lies behind them: those would name libraries that the package does not bring.
 */
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const root = dirname(import.meta.dirname)
const ENTRY = 'main/library.d.ts'
const IMPORT = /(\bfrom ')(\.[^']+)\.ts(')/g

/** Puts `main/library.d.ts` and every file it needs below `folder`. Rejects when a type is wrong. */
export async function writeTypes(folder) {
  mkdirSync(join(root, '.tmp'), { recursive: true })
  const made = mkdtempSync(join(root, '.tmp', 'types-'))
  try {
    await compile(made)
    const wanted = [ENTRY]
    // The list grows while it is walked.
    for (const file of wanted) {
      const text = readFileSync(join(made, file), 'utf8')
      for (const [, , specifier] of text.matchAll(IMPORT)) {
        const target = `${join(dirname(file), specifier)}.d.ts`
        if (!wanted.includes(target)) wanted.push(target)
      }
      mkdirSync(dirname(join(folder, file)), { recursive: true })
      writeFileSync(join(folder, file), text.replace(IMPORT, '$1$2.js$3'))
    }
  } finally {
    rmSync(made, { recursive: true })
  }
}

function compile(outDir) {
  const args = [
    join(root, 'node_modules/typescript/bin/tsc'),
    '-p',
    join(root, 'tsconfig.types.json'),
    '--outDir',
    outDir,
  ]
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, args, { stdio: 'inherit' })
    child.on('error', fail)
    child.on('exit', (code) =>
      code === 0 ? done() : fail(new Error('The types of the library could not be written.')),
    )
  })
}
