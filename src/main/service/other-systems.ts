import { programOf, type ServiceFile, type ServiceSpec } from './spec.ts'

/** The name of the service for launchd and the Task Scheduler. */
export const LABEL = 'tokstat'

/**
 * launchd starts again whatever has not ended well, and knows no exit code that it should leave alone; settings that
 * cannot be used (4) do not get better by trying again. So a shell stands between: it hands a stop on, waits for the
 * program's own end, and calls that one code well.
 */
const LEAVE_SETTINGS_ALONE = [
  '"$@" & child=$!',
  `trap 'kill -TERM "$child"' TERM`,
  'wait "$child"; code=$?',
  'while kill -0 "$child" 2>/dev/null; do wait "$child"; code=$?; done',
  'test "$code" -ne 4 || exit 0',
  'exit "$code"',
].join('; ')

/** macOS: an agent of the user, which has the user's keychain; a daemon of the system has not. */
export function launchdFile(spec: ServiceSpec): ServiceFile {
  const logs = `${spec.home}/Library/Logs/tokstat.log`
  const text = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>${LABEL}</string>
  <key>ProgramArguments</key>
  <array>
${['/bin/sh', '-c', LEAVE_SETTINGS_ALONE, LABEL, ...programOf(spec), 'serve'].map((word) => `    <string>${xml(word)}</string>`).join('\n')}
  </array>
  <key>WorkingDirectory</key>
  <string>${xml(spec.folder)}</string>
  <key>RunAtLoad</key>
  <true/>
  <key>KeepAlive</key>
  <dict>
    <key>SuccessfulExit</key>
    <false/>
  </dict>
  <key>ThrottleInterval</key>
  <integer>10</integer>
  <key>ProcessType</key>
  <string>Background</string>
  <key>Umask</key>
  <integer>63</integer>
  <key>StandardErrorPath</key>
  <string>${xml(logs)}</string>
</dict>
</plist>
`
  return { path: `${spec.home}/Library/LaunchAgents/${LABEL}.plist`, text }
}

/**
 * Windows: a task at log-on, without a window and without administrator's rights. Node is no program that the service
 * manager could talk to, and the logins belong to the user: a task is what fits.
 */
export function windowsTask(spec: ServiceSpec): ServiceFile {
  const text = `<?xml version="1.0"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Description>tokstat: what is left of every AI account</Description>
  </RegistrationInfo>
  <Triggers>
    <LogonTrigger>
      <Enabled>true</Enabled>
      <UserId>${xml(spec.user)}</UserId>
    </LogonTrigger>
  </Triggers>
  <Principals>
    <Principal id="Author">
      <UserId>${xml(spec.user)}</UserId>
      <LogonType>InteractiveToken</LogonType>
      <RunLevel>LeastPrivilege</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
    <Hidden>true</Hidden>
    <RestartOnFailure>
      <Interval>PT1M</Interval>
      <Count>5</Count>
    </RestartOnFailure>
  </Settings>
  <Actions Context="Author">
    <Exec>
      <Command>${xml(spec.node)}</Command>
      <Arguments>${xml(spec.entry === null ? 'serve' : `"${spec.entry}" serve`)}</Arguments>
      <WorkingDirectory>${xml(spec.folder)}</WorkingDirectory>
    </Exec>
  </Actions>
</Task>
`
  return { path: `${spec.home}\\AppData\\Local\\tokstat\\tokstat-task.xml`, text }
}

function xml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
