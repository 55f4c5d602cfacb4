#!/bin/sh
# Installs tokstat from this checkout as a service of the system:
#
#   sudo ./setup.sh               builds it, then enables and starts the service, as the one who called sudo
#   sudo ./setup.sh --root DIR    writes the service's files below DIR and starts nothing (for packaging)
#   sudo ./setup.sh --uninstall   stops and removes the service; settings, accounts and history stay
#
# Everything but the service's files is done as the invoking user, who owns the checkout. No accounts file is made:
# an empty one here would only be in the way of a good one elsewhere.
set -eu

die() {
  printf '%s\n' "setup.sh: $1" >&2
  exit "${2:-1}"
}

root=
action=install
while [ $# -gt 0 ]; do
  case $1 in
    --root) [ $# -ge 2 ] || die '--root needs a folder' 4; root=$2; shift 2 ;;
    --root=*) root=${1#--root=}; shift ;;
    --uninstall) action=uninstall; shift ;;
    -h | --help) sed -n '2,9s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) die "unknown option $1 (there are --root DIR and --uninstall)" 4 ;;
  esac
done

case $root in '' | /*) ;; *) root=$PWD/$root ;; esac

[ "$(id -u)" -eq 0 ] || die 'Please run as root: sudo ./setup.sh'

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
user=${SUDO_USER:-$(id -un)}
id -u "$user" >/dev/null 2>&1 || die "there is no user $user here"

# As the user, with the user's own home and groups; HOME decides where npm keeps its cache.
as_user() {
  if [ "$user" = "$(id -un)" ]; then
    "$@"
  else
    runuser -u "$user" -- env "HOME=$(getent passwd "$user" | cut -d: -f6)" "PATH=$PATH" "$@"
  fi
}

command -v node >/dev/null 2>&1 || die 'Node is not installed: install Node 24 (or any from 18 on, with npm), then run it again'

if [ ! -d "$here/node_modules" ]; then
  command -v npm >/dev/null 2>&1 || die 'npm is not installed: it comes with Node'
  (cd "$here" && as_user npm ci)
fi

# start.mjs finds a Node that is new enough, builds what is not built, and hands the rest to tokstat.
set -- --system --run-as "$user"
[ "$action" = uninstall ] || set -- "$@" --folder "$here"
[ -z "$root" ] || set -- "$@" --root "$root"
as_user node "$here/scripts/start.mjs" version >/dev/null
cd "$here"
exec node "$here/scripts/start.mjs" service "$action" "$@"
