import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { extendNoProxy } from './proxy.ts'
import { serveHttp, serveTcp } from './testing.ts'

/** The proxy is a setting of the whole process, so a process of its own tries it. */
function inChild(env: Record<string, string>, url: string): Promise<string> {
  const script = `
    const { useProxyFromEnvironment, useSystemCertificates } = await import(${JSON.stringify(join(import.meta.dirname, 'proxy.ts'))})
    useSystemCertificates()
    const used = useProxyFromEnvironment(process.env)
    const outcome = await fetch(${JSON.stringify(url)}).then((r) => r.text(), (e) => String(e.cause?.cause?.message ?? e.cause?.message ?? e))
    console.log(JSON.stringify({ used, outcome }))
    process.exit(0)`
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { env: { PATH: '', ...env } })
    let out = ''
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk
    })
    child.stderr.on('data', (chunk: Buffer) => {
      out += chunk
    })
    child.on('error', reject)
    child.on('close', () => resolve(out))
  })
}

describe('proxies of the environment', () => {
  it('carry requests to other machines, with the password neither shown nor returned', async () => {
    const asked: string[] = []
    const proxy = await serveTcp((socket) => {
      socket.once('data', (chunk: Buffer) => {
        asked.push(chunk.toString().split('\r\n')[0] ?? '')
        socket.end('HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n')
      })
    })
    const out = await inChild({ HTTPS_PROXY: `http://ada:canary@127.0.0.1:${proxy}` }, 'https://api.example/')
    expect(asked).toEqual(['CONNECT api.example:443 HTTP/1.1'])
    expect(JSON.parse(out)).toMatchObject({
      used: { https: `127.0.0.1:${proxy}`, http: null, noProxy: '127.0.0.1,localhost,::1' },
      outcome: expect.stringContaining('407'),
    })
    expect(out).not.toContain('canary')
  })

  it('are never used for this machine', async () => {
    const proxy = await serveTcp((socket) => void socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n'))
    const port = await serveHttp((_request, response) => response.end('direct'))
    const address = `http://127.0.0.1:${proxy}`
    const out = await inChild({ http_proxy: address, HTTPS_PROXY: address }, `http://127.0.0.1:${port}/`)
    expect(JSON.parse(out)).toMatchObject({ outcome: 'direct' })
  })

  it('are none when the environment has none', async () => {
    const port = await serveHttp((_request, response) => response.end('direct'))
    expect(JSON.parse(await inChild({}, `http://127.0.0.1:${port}/`))).toEqual({ used: null, outcome: 'direct' })
  })
})

describe('NO_PROXY', () => {
  it('keeps what the user wrote and adds what is missing', () => {
    expect(extendNoProxy(null)).toBe('127.0.0.1,localhost,::1')
    expect(extendNoProxy('.corp.example, localhost')).toBe('.corp.example,localhost,127.0.0.1,::1')
    expect(extendNoProxy('*')).toBe('*')
  })
})
