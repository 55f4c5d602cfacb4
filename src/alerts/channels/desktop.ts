import { type Channel, DeliveryError, SEND_LIMIT_MS, titleOf } from './channel.ts'

/** A note on the screen of this machine. Texts are arguments or data, never part of a script. */
export const desktop: Channel<'desktop'> = {
  type: 'desktop',
  isForPrograms: false,
  isLimited: true,
  target: () => 'this machine',
  async send(message, _settings, ports, signal) {
    const command = commandFor(ports.platform, titleOf(message), message.alert.message)
    const run = await ports.run(command, { input: '', timeoutMs: SEND_LIMIT_MS }, signal)
    if (run.kind === 'done' && run.exitCode === 0) return
    const [program = ''] = command
    if (run.kind === 'missing') {
      throw new DeliveryError(
        `${program} is not installed${program === 'notify-send' ? ' (package libnotify-bin)' : ''}.`,
      )
    }
    throw new DeliveryError(`${program} did not show the note.`)
  },
}

const APPLE = [
  '-e',
  'on run argv',
  '-e',
  'display notification (item 2 of argv) with title (item 1 of argv)',
  '-e',
  'end run',
]
const WINDOWS =
  'Add-Type -AssemblyName System.Windows.Forms; $n = New-Object System.Windows.Forms.NotifyIcon; ' +
  '$n.Icon = [System.Drawing.SystemIcons]::Information; $n.Visible = $true; ' +
  '$n.ShowBalloonTip(8000, $args[0], $args[1], "Info"); Start-Sleep -Seconds 5; $n.Dispose()'

function commandFor(platform: string, title: string, text: string): readonly string[] {
  if (platform === 'darwin') return ['osascript', ...APPLE, title, text]
  if (platform === 'win32') {
    return ['powershell', '-NoProfile', '-NonInteractive', '-Command', `& { ${WINDOWS} }`, quoted(title), quoted(text)]
  }
  return ['notify-send', '--app-name=tokstat', '--', title, text]
}

/** PowerShell reads its arguments once more: a text between single quotes is only text. */
function quoted(text: string): string {
  return `'${text.replaceAll(/['\u2018\u2019\u201a\u201b]/g, "''")}'`
}
