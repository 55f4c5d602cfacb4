import type { CliCommand } from '../command.ts'
import { parseDuration, parseWhole } from '../parse.ts'

/** `tokstat serve`: the daemon. */
export const serve: CliCommand = {
  options: [
    { flags: '--host <address>', description: 'where to listen (default 127.0.0.1; any other needs a token)' },
    { flags: '--port <number>', description: 'port (default 8000)' },
    { flags: '--interval <time>', description: 'ask every account this often: 60s, 5m' },
    { flags: '--no-web', description: 'without the web page' },
    { flags: '--privacy', description: 'pseudonyms instead of e-mails, everywhere' },
  ],
  examples: [
    ['tokstat serve', 'on http://127.0.0.1:8000'],
    ['tokstat serve --port 9100 --no-web', 'for Prometheus alone'],
    ['tokstat serve --interval 5m --privacy', 'calmer, and without e-mails'],
  ],
  run: async ({ app, options }) => {
    const [port, interval] = [options.text('port'), options.text('interval')]
    return (await app()).serve({
      host: options.text('host') ?? undefined,
      port: port === null ? undefined : parseWhole(port, '--port', 0, 65_535),
      intervalSeconds: interval === null ? undefined : parseDuration(interval, '--interval') / 1000,
      web: options.has('web'),
      privacy: options.has('privacy'),
    })
  },
}
