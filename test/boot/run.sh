#!/bin/bash
# Boots a Debian 12 in a container of systemd's own and installs this checkout in it as a person would: setup.sh, the unit,
# kill -9, a hang, a reboot, uninstall; for the system and for one user. Some ten minutes; needs root and
#
#   apt-get install mmdebstrap systemd-container
#   sudo test/boot/run.sh [--base root.tar]      # a base made earlier by: test/boot/run.sh --make-base root.tar
#
# What is committed is what is installed. Not part of `npm test`: it downloads a Debian and takes its time.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
repository=$(cd "$here/../.." && pwd)
packages=systemd,systemd-sysv,dbus,dbus-user-session,libpam-systemd,sudo,curl,ca-certificates,procps,iproute2,git

die() { echo "run.sh: $1" >&2; exit 1; }
make_base() { mmdebstrap --quiet --variant=important --include="$packages" bookworm "$1"; }

case ${1:-} in
  --make-base) make_base "${2:?--make-base FILE}"; exit ;;
  --base) base=$(realpath "${2:?--base FILE}") ;;
  '') base= ;;
  *) sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 4 ;;
esac
[ "$(id -u)" -eq 0 ] || die 'Please run as root: it makes files of other users.'
for program in mmdebstrap systemd-nspawn; do
  command -v "$program" >/dev/null || die "$program is missing: apt-get install mmdebstrap systemd-container"
done

work=$(mktemp -d -t tokstat-boot-XXXXXX)
group=tokstat-boot-$$
hierarchies=()
clean_up() {
  for hierarchy in "${hierarchies[@]}"; do
    echo $$ >"$hierarchy/cgroup.procs"
    find "$hierarchy/$group" -depth -type d -exec rmdir {} +
  done
  rm -rf "$work"
}
trap clean_up EXIT
root=$work/root
mkdir "$root"
if [ -z "$base" ]; then make_base "$work/base.tar"; base=$work/base.tar; fi
tar -C "$root" -xf "$base" --exclude './dev/*'

# A Node that is new enough, with the npm of this machine.
node=$repository/node_modules/node/bin/node
[ -x "$node" ] || die 'Run npm ci first: the machine gets its Node from here.'
npm_folder=$(dirname "$(dirname "$(readlink -f "$(command -v npm)")")")
install -D "$node" "$root/usr/local/bin/node"
mkdir -p "$root/usr/local/lib/node_modules"
cp -r "$npm_folder" "$root/usr/local/lib/node_modules/npm"
ln -s ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/local/bin/npm"

# A person with sudo and a clone. The machine has no network: what npm will ask for is
# fetched here, into the cache that it finds there.
chroot "$root" useradd --create-home --shell /bin/bash --uid 1000 --groups sudo ada
echo 'ada ALL=(ALL) NOPASSWD: ALL' >"$root/etc/sudoers.d/ada"
git clone --quiet "file://$repository" "$root/home/ada/tokstat"
cache=$root/home/ada/.npm
mkdir -p "$cache" "$root/opt/world"
[ ! -d "$(npm config get cache)/_cacache" ] || cp -r "$(npm config get cache)/_cacache" "$cache/"
git clone --quiet "$root/home/ada/tokstat" "$work/fetch"
(cd "$work/fetch" && npm ci --prefer-offline --cache "$cache" >/dev/null)
rm -rf "$work/fetch"
printf 'offline=true\nregistry=%s\n' "$(npm config get registry)" >"$root/home/ada/.npmrc"
git -C "$repository" archive HEAD src test/boot package.json | tar -C "$root/opt/world" -xf -
chroot "$root" chown -R ada:ada /home/ada

# The simulated services with their logins, and the script that does the work some seconds after each boot.
echo boot >"$root/etc/hostname"
printf '127.0.0.1 localhost boot\n' >"$root/etc/hosts"
install -m 755 "$here/inside.sh" "$root/usr/local/sbin/inside"
cat >"$root/etc/systemd/system/world.service" <<'UNIT'
[Service]
User=ada
ExecStart=/usr/local/bin/node /opt/world/test/boot/world.ts /home/ada
[Install]
WantedBy=multi-user.target
UNIT
printf '[Service]\nType=oneshot\nExecStart=/usr/local/sbin/inside\n' >"$root/etc/systemd/system/inside.service"
printf '[Timer]\nOnStartupSec=8s\n[Install]\nWantedBy=timers.target\n' >"$root/etc/systemd/system/inside.timer"
chroot "$root" systemctl --quiet enable world.service inside.timer

result=$work/result.tap
touch "$result"
tail -f "$result" --pid=$$ &
# Without systemd on this machine (a container, a CI runner) the machine gets control groups of its own here.
flags=(--quiet "--directory=$root" "--bind=$result:/result.tap" --boot --private-network --console=read-only)
if [ ! -d /run/systemd/system ]; then
  flags+=(--register=no --keep-unit)
  for hierarchy in /sys/fs/cgroup/{systemd,unified}; do
    [ -d "$hierarchy" ] || continue
    mkdir "$hierarchy/$group"
    echo $$ >"$hierarchy/$group/cgroup.procs"
    hierarchies+=("$hierarchy")
  done
fi
export SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1
for ((boots = 0; boots < 3; boots++)); do
  code=0
  timeout 1500 systemd-nspawn "${flags[@]}" </dev/null >>"$work/console.log" 2>&1 || code=$?
  # 133: the machine wants to be started again, which is ours to do where no service manager keeps it.
  [ "$code" = 133 ] || break
done
[ "$code" = 0 ] || die "the machine did not end by itself: $(tail -n 30 "$work/console.log")"

passed=$(grep -c '^ok ' "$result" || true)
failed=$(grep -c '^not ok ' "$result" || true)
grep -q '^# end' "$result" || { tail -n 40 "$work/console.log" >&2; die 'it did not come to its end'; }
sleep 1
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
