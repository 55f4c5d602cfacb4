import { stdin } from 'node:process'
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'
import { MINUTE_MS } from '../../model/time.ts'
import type { CliCommand, CommandContext } from '../command.ts'
import { countOwed, lastLineEnded } from '../mcp/owed.ts'
import { createMcpServer } from '../mcp/server.ts'

/** How long an answer may still take when nobody can ask any more: what one whole attempt at a service may take. */
const LAST_ANSWERS_MS = MINUTE_MS

/** `tokstat mcp`: quotas for agents, over the Model Context Protocol on stdin and stdout. */
export const mcp: CliCommand = {
  examples: [
    ['claude mcp add --scope user tokstat -- tokstat mcp', 'for Claude Code'],
    ['codex mcp add tokstat -- tokstat mcp', 'for the Codex CLI'],
  ],
  run,
}

async function run({ io, app, version, note }: CommandContext): Promise<number> {
  if (io.stdin.isTTY) note('This speaks MCP on stdin and stdout: an agent starts it. Ctrl-C leaves.')
  const server = createMcpServer(app, await version(), io.timeZone)
  const input = stdin.pipe(lastLineEnded())
  const transport = new StdioServerTransport(input)
  const owed = countOwed(transport)
  const ended = new Promise<void>((resolve) => {
    io.onInterrupt(resolve)
    // A terminal hands Ctrl-C and Ctrl-D over as keys.
    if (io.stdin.isTTY) io.stdin.onKeys((keys) => /[\u0003\u0004]/.test(keys) && resolve(), resolve)
    server.server.onclose = resolve
    // The agent goes away by closing its end, a file just ends: what was asked before is answered.
    input.once('end', async () => {
      const left = await owed.settled(LAST_ANSWERS_MS, io.clock)
      if (left > 0) note(`${left} of the questions took too long and got no answer.`)
      resolve()
    })
  })
  await server.connect(transport)
  await ended
  await server.close()
  return 0
}
