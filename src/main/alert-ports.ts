import { basename, dirname, isAbsolute } from 'node:path'
import { type ChannelPorts, DeliveryError } from '../alerts/channels/channel.ts'
import type { Clock } from '../model/ports.ts'
import { createAlertHttp } from '../platform/alert-http.ts'
import { appendLine } from '../platform/append.ts'
import { createChildRunner } from '../platform/child.ts'
import { codeOf, readGuarded } from '../platform/files.ts'
import { passedOn } from '../platform/passed-on.ts'

export interface AlertPortsOptions {
  readonly clock: Clock
  /** A variable of the environment; null when it is not set. */
  readonly get: (name: string) => string | null
  readonly platform: string
  readonly home: string
}

/** What a program that an alert starts gets of our environment: enough for a screen, nothing secret (L09). */
const PASSED_ON = [
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'LANG',
  'TZ',
  'SYSTEMROOT',
  'USERPROFILE',
  'DISPLAY',
  'WAYLAND_DISPLAY',
  'XAUTHORITY',
  'XDG_RUNTIME_DIR',
  'DBUS_SESSION_BUS_ADDRESS',
] as const

/** What is kept of a program's output: nothing is read from it, so little is enough. */
const MOST_OUTPUT = 1_048_576

/** The machine as alert channels may see it. */
export function alertPorts({ clock, get, platform, home }: AlertPortsOptions): ChannelPorts {
  const env = passedOn(PASSED_ON, get)
  const send = createAlertHttp({
    clock,
    refuse: ({ message, permanent }) => new DeliveryError(message, { permanent }),
  })
  return {
    platform,
    send,
    async readSecret(path) {
      const read = await readGuarded(path, clock)
      if (read.kind === 'absent') throw new DeliveryError(`${basename(path)} does not exist.`)
      if (read.kind === 'unreadable') throw new DeliveryError(`${basename(path)} cannot be read (${read.reason}).`)
      const text = read.text.trim()
      if (text === '') throw new DeliveryError(`${basename(path)} is empty.`)
      return text
    },
    run([program = '', ...args], { input, timeoutMs }, signal) {
      const isPath = isAbsolute(program)
      const searchPath = isPath ? dirname(program) : (get('PATH') ?? '')
      const runner = createChildRunner({ clock, env, searchPath, platform, cwd: home })
      const limits = { timeoutMs, maxBytes: MOST_OUTPUT, input }
      return runner(isPath ? basename(program) : program, args, limits, signal)
    },
    async appendLine(path, line) {
      try {
        await appendLine(path, line)
      } catch (error) {
        throw new DeliveryError(`${basename(path)} cannot be written (${codeOf(error) ?? 'not allowed'}).`)
      }
    },
  }
}
