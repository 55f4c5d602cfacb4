import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { fakeClock } from '../../test/helpers/fake-clock.ts'
import { createOwnMetrics } from './own.ts'

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
