#!/bin/bash
# Runs as root inside the booted machine, at every boot; run.sh has put it there. Adds TAP to /result.tap.
# First boot: install, break, recover. Second boot: is it back? Then uninstall, by either way, and look at what is left.
# shellcheck disable=SC2016 # what is in single quotes is run later, by another shell
set -u
exec >>/result.tap 2>/dev/null
stage=/var/lib/boot-test
mkdir -p "$stage"
health=http://127.0.0.1:8000/healthz
data='/home/ada/\.(config|local/share|local/state)/tokstat'

check() { # check "what" command...: one line, and on failure what the command said
  local what=$1 said
  shift
  if said=$("$@" 2>&1); then echo "ok - $what"; else
    echo "not ok - $what"
    tail -n 20 <<<"$said" | sed 's/^/#   /'
  fi
}
as_ada() { runuser -l ada -c "export XDG_RUNTIME_DIR=/run/user/1000 NO_COLOR=1; $1"; }
property() { systemctl show --property="$1" --value "${2:-tokstat.service}"; }
# Tries until it succeeds, at most so many seconds.
within() {
  local seconds=$1
  shift
  for ((i = 0; i < seconds; i++)); do
    "$@" >/dev/null 2>&1 && return 0
    sleep 1
  done
  "$@"
}
answers() { curl -fsS --max-time 5 "$health"; }
both_accounts() { [ "$(curl -fsS http://127.0.0.1:8000/metrics | grep -c '^tokstat_account_up{.*} 1')" = 2 ]; }
other_process() { [ "$(property MainPID)" != "$1" ] && [ "$(property MainPID)" != 0 ] && answers; }
files() { find / -xdev \( -path /proc -o -path /sys -o -path /run -o -path /tmp -o -path /var/tmp -o -path /result.tap \) -prune -o -print | sort; }
no_secret_in_journal() {
  local secrets
  secrets=$(grep -rhoE '"(refreshToken|accessToken)": "[^"]{8,}"' /home/ada/.config/opencode | cut -d'"' -f4
    sed -n 's/^GOOGLE_CLIENT_SECRET=//p' /home/ada/.config/tokstat/.env)
  [ "$(wc -l <<<"$secrets")" -ge 3 ] || { echo 'no secrets to look for'; return 1; }
  ! journalctl --no-pager --output=export | grep --text --fixed-strings --count --file=<(echo "$secrets")
}
exposure_at_most_2() {
  systemd-analyze security --no-pager tokstat.service | tail -n 1 | tee /dev/stderr | grep -qE ' ([01]\.[0-9]|2\.0) '
}
nothing_left_but_data() {
  local left
  left=$(comm -13 "$stage/before" <(files) |
    grep -vE "^($data|/home/ada/tokstat|/home/ada/\.(npm|cache|local|config)(/|\$)|/home/ada/\.sudo_as_admin_successful\$|/var/(log|cache|lib/(systemd|boot-test))|/etc/\.?(mtab|resolv))" |
    grep -vE '^/home/ada/\.(local/share|local/state)$')
  echo "$left"
  [ -z "$left" ]
}

first_boot() {
  check 'the machine is booted by systemd' test -d /run/systemd/system
  files >"$stage/before"
  check 'setup.sh refuses who is not root, and says what to type' \
    as_ada './tokstat/setup.sh 2>&1 | grep -q "Please run as root: sudo ./setup.sh"'
  check 'sudo ./setup.sh, as a user with sudo' as_ada 'cd tokstat && sudo ./setup.sh'
  check 'the status answers under the name people know' \
    sh -c 'systemctl status --no-pager antigravity-metrics-server | grep -q "Active: active (running)"'
  check 'it is enabled for the next boot' systemctl is-enabled --quiet antigravity-metrics-server tokstat
  check 'it runs as the user who called sudo' test "$(ps -o user= -p "$(property MainPID)")" = ada
  check '/healthz answers at once' answers
  check '/metrics has both accounts' within 30 both_accounts
  check 'no accounts file was made' test ! -e /home/ada/tokstat/antigravity-accounts.json
  check 'all in the home belongs to the user, also what setup.sh made' sh -c 'test -z "$(find /home/ada -xdev ! -user ada -print -quit)"'
  check 'systemd-analyze verify has no complaint' systemd-analyze verify tokstat.service tokstat-watchdog.timer
  check 'exposure is 2.0 or less' exposure_at_most_2
  check 'the command line of the user asks it' \
    as_ada 'node tokstat/bin/tokstat.mjs list --json | grep -q "\"status\": *\"ok\""'
  check 'service status tells of it' as_ada 'node tokstat/bin/tokstat.mjs service status'

  local pid at
  pid=$(property MainPID)
  kill -9 "$pid"
  at=$SECONDS
  check 'killed, it is back' within 30 other_process "$pid"
  check "after 10 s (it took $((SECONDS - at)))" test $((SECONDS - at)) -ge 9 -a $((SECONDS - at)) -le 20
  check 'and has both accounts again' within 30 both_accounts

  pid=$(property MainPID)
  kill -STOP "$pid"
  at=$SECONDS
  check 'hanging, it is restarted by the watchdog' within 240 other_process "$pid"
  echo "# the watchdog took $((SECONDS - at)) s"

  as_ada 'echo "[polling" > .config/tokstat/config.toml'
  local restarts
  restarts=$(property NRestarts)
  systemctl restart tokstat.service
  sleep 15
  check 'unusable settings are not tried again' \
    test "$(property ActiveState)/$(property ExecMainStatus)/$(property NRestarts)" = failed/4/0
  check 'and the journal names the line' sh -c 'journalctl -u tokstat --no-pager | grep -q "config.toml:1"'
  echo "# restarts before: $restarts"
  as_ada 'rm .config/tokstat/config.toml'
  check 'once they are mended it starts' systemctl restart tokstat.service
  check 'no secret is in the journal' no_secret_in_journal
  touch "$stage/second"
  systemctl reboot
}

second_boot() {
  check 'after a reboot it is back' within 60 answers
  check 'with both accounts' within 60 both_accounts
  check 'and its history goes on' \
    as_ada 'node tokstat/bin/tokstat.mjs history ada@example.com --since 1h --json | grep -q "\"points\""'
  check 'the boot has no failed unit' sh -c 'test -z "$(systemctl --failed --no-legend --plain)"'
  check 'sudo ./setup.sh --uninstall' as_ada 'cd tokstat && sudo ./setup.sh --uninstall'
  check 'nothing answers any more' sh -c "! curl -fsS --max-time 2 $health"
  check 'systemd does not know it any more' sh -c '! systemctl cat tokstat.service tokstat-watchdog.timer antigravity-metrics-server.service'
  check 'nothing is left but the data and the checkout' nothing_left_but_data

  loginctl enable-linger ada
  within 20 test -S /run/user/1000/bus
  check 'a service of one user, with linger' as_ada 'node tokstat/bin/tokstat.mjs service install'
  check 'its status' as_ada 'systemctl --user is-active --quiet tokstat.service tokstat-watchdog.timer'
  check 'it answers' within 30 answers
  check 'and the secrets stay out of its journal' no_secret_in_journal
  check 'tokstat service uninstall' as_ada 'node tokstat/bin/tokstat.mjs service uninstall'
  check 'the systemd of the user does not know it any more' as_ada '! systemctl --user cat tokstat.service'
  check 'nothing is left of it' as_ada 'test -z "$(find ~/.config/systemd -name "tokstat*")"'

  check 'sudo tokstat service install' as_ada 'sudo node tokstat/bin/tokstat.mjs service install'
  check 'runs as the user' test "$(ps -o user= -p "$(property MainPID)")" = ada
  check 'sudo tokstat service uninstall' as_ada 'sudo node tokstat/bin/tokstat.mjs service uninstall'
  rm -rf /home/ada/.config/systemd
  check 'nothing is left but the data, again' nothing_left_but_data
  echo '# end'
  systemctl poweroff
}

if [ -e "$stage/second" ]; then second_boot; else first_boot; fi
