/** A language server as the Antigravity editor runs it: another process of that name, HTTPS with its own certificate. */
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface FakeServerOptions {
  /** Answers by method; what is not listed is 404. */
  readonly answers: Readonly<Record<string, unknown>>
  readonly csrfToken: string
  /** Arguments beside the token. */
  readonly flags?: readonly string[]
  readonly program?: string
}

export interface FakeLanguageServer {
  readonly pid: number
  readonly port: number
  stop(): Promise<void>
}

const SCRIPT = `
const { createServer } = require('node:https')
const answers = JSON.parse(process.env.ANSWERS)
const server = createServer({ key: process.env.KEY, cert: process.env.CERT }, (request, response) => {
  let body = ''
  request.on('data', (chunk) => { body += chunk })
  request.on('end', () => {
    const method = request.url.split('/').at(-1)
    const right = request.method === 'POST' && request.headers['x-codeium-csrf-token'] === process.env.CSRF &&
      request.headers['connect-protocol-version'] === '1' && JSON.parse(body).metadata.ideName === 'antigravity'
    if (!right) return response.writeHead(403).end('csrf')
    if (method === 'GetUnleashData') return response.writeHead(200).end('{}')
    if (!(method in answers)) return response.writeHead(404).end('no such method')
    response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(answers[method]))
  })
})
server.listen(0, '127.0.0.1', () => console.log(server.address().port))
`

/** A key and a certificate that nobody has signed, made for this run. */
export function selfSigned(): { readonly key: string; readonly cert: string } {
  const folder = mkdtempSync(join(tmpdir(), 'tokstat-cert-'))
  try {
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
    const subject = ['-subj', '/CN=localhost', '-days', '1']
    const files = ['-keyout', key, '-out', cert]
    const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1']
    execFileSync('openssl', ['req', '-x509', ...kind, '-nodes', ...files, ...subject], { stdio: 'ignore' })
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

export async function startLanguageServer(options: FakeServerOptions): Promise<FakeLanguageServer> {
  const { answers, csrfToken, flags = ['--app_data_dir', 'antigravity'] } = options
  const program = options.program ?? '/opt/antigravity/bin/language_server_linux_x64'
  const { key, cert } = selfSigned()
  const child = spawn(process.execPath, ['-e', SCRIPT, '--', '--csrf_token', csrfToken, ...flags], {
    argv0: program,
    env: { ANSWERS: JSON.stringify(answers), CSRF: csrfToken, KEY: key, CERT: cert },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const port = await new Promise<number>((resolve, reject) => {
    child.once('exit', () => reject(new Error('the fake language server ended')))
    child.stdout.once('data', (chunk: Buffer) => resolve(Number(chunk.toString())))
  })
  return {
    pid: child.pid ?? 0,
    port,
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGKILL')
      await ended
    },
  }
}
