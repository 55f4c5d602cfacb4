import { describe, expect, it } from 'vitest'
import { cli, fakeApp } from '../../../test/helpers/fake-cli.ts'
import { sampleDocument } from '../../../test/helpers/sample-document.ts'
import type { QueryAnswer } from '../../model/app.ts'

const LOCAL: QueryAnswer = {
  source: 'antigravity-local',
  account: 'user@example.com',
  answer: { email: 'user@example.com', plan: 'cached' },
  bare: true,
  problem: null,
}

const appThat = (...answers: readonly QueryAnswer[]) => fakeApp(sampleDocument, { query: async () => answers })

describe('query', () => {
  it('prints an answer with a shape of its own bare, and nothing else on stdout', async () => {
    const { code, out } = await cli('query antigravity-local --json', { app: appThat(LOCAL) })
    expect(code).toBe(0)
    expect(JSON.parse(out)).toEqual({ email: 'user@example.com', plan: 'cached' })
  })

  it('lists the answers where there may be several', async () => {
    const problem = { code: 'not_running', message: 'None is running.', hint: 'Start it.' }
    const failed: QueryAnswer = { source: 'antigravity-server', account: null, answer: null, problem }
    const app = appThat(LOCAL, failed)
    const json = await cli('query all --json', { app })
    expect(json.code).toBe(0)
    expect(JSON.parse(json.out)).toMatchObject({ answers: [{ source: 'antigravity-local' }, { problem }] })
    const text = await cli('query all', { app })
    expect(text.out).toContain('antigravity-server\nFailed: None is running. Start it.')
  })
})
