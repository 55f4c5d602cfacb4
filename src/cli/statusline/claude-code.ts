/** What is done with the document that Claude Code hands over; main wires it to the file and to child processes. */
export interface ClaudeCodePort {
  /** Keeps its limits. Never rejects. */
  keep(text: string): Promise<void>
  /** Runs a command with the text as its input; what it printed, or null. Never rejects, never hangs. */
  run(command: string, text: string): Promise<string | null>
}

/** For who cannot be handed anything. */
export const NOWHERE: ClaudeCodePort = { keep: async () => undefined, run: async () => null }
