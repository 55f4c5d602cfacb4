/**
 * `npm run dashboards`: writes deploy/grafana/dashboards/*.json from boards/*.ts. With `--check` writes nothing and
 * ends with 1 when a file is not what would be written.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { dashboardFiles } from './boards.ts'

const folder = join(import.meta.dirname, 'dashboards')
const checking = process.argv.includes('--check')

function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null // Not there yet: it is written below, or reported.
  }
}

for (const [name, text] of dashboardFiles()) {
  const path = join(folder, name)
  if (textOf(path) === text) continue
  if (checking) {
    process.stderr.write(`deploy/grafana/dashboards/${name} is not up to date: npm run dashboards\n`)
    process.exitCode = 1
  } else {
    writeFileSync(path, text)
    process.stdout.write(`wrote deploy/grafana/dashboards/${name}\n`)
  }
}
