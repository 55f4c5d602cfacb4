import { describe, expect, it } from 'vitest'
import { demoCommand } from './called-as.ts'

describe('the demo is called', () => {
  it.each([
    ['/home/ada/tokstat/bin/tokstat.mjs', true, 'npm run demo'],
    ['/usr/bin/tokstat', true, 'tokstat demo'],
    ['/usr/lib/node_modules/tokstat/bin/tokstat.mjs', false, 'tokstat demo'],
    ['C:\\tokstat\\bin\\tokstat.mjs', true, 'npm run demo'],
    [undefined, false, 'tokstat demo'],
  ])('from %s, scripts beside it: %s: %s', (program, hasScripts, command) => {
    expect(demoCommand(program, hasScripts)).toBe(command)
  })
})
