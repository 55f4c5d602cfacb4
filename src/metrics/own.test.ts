import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { fakeClock } from '../../test/helpers/fake-clock.ts'
import { createOwnMetrics, type OwnMetrics } from './own.ts'

/** As in a container or chroot without /proc. */
function withoutProc(): void {
  const refuse = (): never => {
    throw new Error('ENOENT: no such file or directory, uv_resident_set_memory')
  }
  const { rss } = process.memoryUsage
  const spy = vi.spyOn(process, 'memoryUsage').mockImplementation(refuse)
  process.memoryUsage.rss = refuse
  onTestFinished(() => {
    spy.mockRestore()
    process.memoryUsage.rss = rss
  })
}

describe('the counts of fetches', () => {
  const counted = async (own: OwnMetrics): Promise<readonly string[]> =>
    (await own.render(false)).split('\n').filter((line) => line.startsWith('tokstat_fetch_total{'))
  const line = (account: string, outcome: string, count: number): string =>
    `tokstat_fetch_total{provider="claude",account="${account}",outcome="${outcome}"} ${count}`

  it('go on under the new name of an account, also of two that change names with each other', async () => {
    const own = createOwnMetrics({ version: '1.2.3', clock: fakeClock().clock })
    const fetched = (account: string, outcome: 'read' | 'timeout'): void =>
      own.fetched({ provider: 'claude', account: `claude/${account}`, outcome, tookMs: 20 })
    fetched('a', 'read')
    fetched('a', 'read')
    fetched('a', 'timeout')
    fetched('b', 'timeout')
    own.renameAccounts([
      { from: 'claude/a', to: 'claude/b' },
      { from: 'claude/b', to: 'claude/a' },
      { from: 'claude/nobody', to: 'claude/c' },
    ])
    expect((await counted(own)).toSorted()).toEqual([
      line('a', 'timeout', 1),
      line('b', 'read', 2),
      line('b', 'timeout', 1),
    ])
    fetched('b', 'read')
    own.keepAccounts(new Set(['claude/b']))
    expect((await counted(own)).toSorted()).toEqual([line('b', 'read', 3), line('b', 'timeout', 1)])
  })

  it('of two accounts that turn out to be one are added up', async () => {
    const own = createOwnMetrics({ version: '1.2.3', clock: fakeClock().clock })
    for (const account of ['a', 'b'])
      own.fetched({ provider: 'claude', account: `claude/${account}`, outcome: 'read', tookMs: 20 })
    own.renameAccounts([{ from: 'claude/a', to: 'claude/b' }])
    expect(await counted(own)).toEqual([line('b', 'read', 2)])
  })
})

describe('what the daemon tells of itself', () => {
  it('has no sample of what the system does not tell, and all the others', async () => {
    const own = createOwnMetrics({ version: '1.2.3', clock: fakeClock().clock })
    expect(await own.render(false)).toMatch(/^process_resident_memory_bytes \d+$/m)
    withoutProc()
    const page = await own.render(false)
    expect(page).toContain('tokstat_build_info{version="1.2.3"} 1\n')
    expect(page).toMatch(/^nodejs_heap_[a-z_]+ [1-9]\d+$/m)
    expect(page).not.toMatch(/^process_resident_memory_bytes /m)
  })
})
