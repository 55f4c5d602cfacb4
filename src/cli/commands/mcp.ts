import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'
import type { CliCommand } from '../command.ts'
import { createMcpServer } from '../mcp/server.ts'

/** `tokstat mcp`: quotas for agents, over the Model Context Protocol on stdin and stdout. */
export const mcp: CliCommand = {
  examples: [
    ['claude mcp add --scope user tokstat -- tokstat mcp', 'for Claude Code'],
    ['codex mcp add tokstat -- tokstat mcp', 'for the Codex CLI'],
  ],
  run: async ({ io, app, version, note }) => {
    if (io.stdin.isTTY) note('This speaks MCP on stdin and stdout: an agent starts it. Ctrl-C leaves.')
    const server = createMcpServer(app, await version(), io.timeZone)
    const ended = new Promise<void>((resolve) => {
      io.onInterrupt(resolve)
      // The agent goes away by closing its end. The transport reads the same stream beside this listener. A terminal
      // hands Ctrl-C and Ctrl-D over as keys.
      io.stdin.onKeys((keys) => io.stdin.isTTY && /[\u0003\u0004]/.test(keys) && resolve(), resolve)
      server.server.onclose = resolve
    })
    await server.connect(new StdioServerTransport())
    await ended
    await server.close()
    return 0
  },
}
