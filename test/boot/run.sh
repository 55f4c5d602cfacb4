#!/bin/bash
# Boots a Debian 12 in a virtual machine and installs this checkout in it as a person would: setup.sh, the unit, kill -9,
# a hang, a reboot, uninstall; for the system and for one user. About six minutes; needs root, /dev/kvm and
#
#   apt-get install mmdebstrap qemu-system-x86 e2fsprogs
#   sudo test/boot/run.sh [--base root.tar]      # a base made earlier by: test/boot/run.sh --make-base root.tar
#
# What is committed is what is installed. Not part of `npm test`: it downloads a Debian and takes its time.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
repository=$(cd "$here/../.." && pwd)
packages=systemd,systemd-sysv,dbus,dbus-user-session,libpam-systemd,sudo,curl,ca-certificates,linux-image-cloud-amd64,git,procps,iproute2,udev

die() { echo "run.sh: $1" >&2; exit 1; }
make_base() { mmdebstrap --quiet --variant=important --include="$packages" bookworm "$1"; }

case ${1:-} in
  --make-base) make_base "${2:?--make-base FILE}"; exit ;;
  --base) base=$(realpath "${2:?--base FILE}") ;;
  '') base= ;;
  *) sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 4 ;;
esac
[ "$(id -u)" -eq 0 ] || die 'Please run as root: it makes a disk with files of other users.'
[ -w /dev/kvm ] || die 'There is no /dev/kvm here: run it on a machine with virtualization.'
for program in mmdebstrap qemu-system-x86_64 mke2fs; do
  command -v "$program" >/dev/null || die "$program is missing: apt-get install mmdebstrap qemu-system-x86 e2fsprogs"
done

work=$(mktemp -d -t tokstat-boot-XXXXXX)
trap 'rm -rf "$work"' EXIT
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

# A person with sudo, a clone, the login of another tool, and an npm cache so that what was fetched once is not fetched again.
chroot "$root" useradd --create-home --shell /bin/bash --uid 1000 --groups sudo ada
echo 'ada ALL=(ALL) NOPASSWD: ALL' >"$root/etc/sudoers.d/ada"
git clone --quiet "file://$repository" "$root/home/ada/tokstat"
mkdir -p "$root/opt/world"
git -C "$repository" archive HEAD src test/boot package.json | tar -C "$root/opt/world" -xf -
"$node" "$root/opt/world/test/boot/world.ts" --home "$root/home/ada"
echo 'TOKSTAT_UPSTREAM=http://127.0.0.1:9400' >>"$root/home/ada/.config/tokstat/.env"
cache=$(npm config get cache)
[ ! -d "$cache/_cacache" ] || { mkdir "$root/home/ada/.npm"; cp -r "$cache/_cacache" "$root/home/ada/.npm/"; }
printf 'prefer-offline=true\nregistry=%s\n' "$(npm config get registry)" >"$root/home/ada/.npmrc"
chroot "$root" chown -R ada:ada /home/ada

# Its own network, the simulated services, and the script that does the work some seconds after each boot.
printf '[Match]\nType=ether\n[Network]\nDHCP=yes\n' >"$root/etc/systemd/network/all.network"
rm -f "$root/etc/resolv.conf"
echo 'nameserver 10.0.2.3' >"$root/etc/resolv.conf"
echo boot >"$root/etc/hostname"
printf '127.0.0.1 localhost boot\n' >"$root/etc/hosts"
install -m 755 "$here/inside.sh" "$root/usr/local/sbin/inside"
cat >"$root/etc/systemd/system/world.service" <<'UNIT'
[Service]
User=ada
ExecStart=/usr/local/bin/node /opt/world/test/boot/world.ts
[Install]
WantedBy=multi-user.target
UNIT
printf '[Service]\nType=oneshot\nExecStart=/usr/local/sbin/inside\n' >"$root/etc/systemd/system/inside.service"
printf '[Timer]\nOnBootSec=8s\n[Install]\nWantedBy=timers.target\n' >"$root/etc/systemd/system/inside.timer"
chroot "$root" systemctl --quiet enable systemd-networkd world.service inside.timer

mke2fs -q -t ext4 -d "$root" "$work/disk.img" 6G
kernel=("$root"/boot/vmlinuz-*)
initrd=("$root"/boot/initrd.img-*)
result=$work/result.tap
touch "$result"
tail -f "$result" --pid=$$ &
# Two minutes would do without the waiting that is tested; fifteen is a hang.
timeout 900 qemu-system-x86_64 -enable-kvm -cpu host -smp 2 -m 2048 -display none -nodefaults \
  -kernel "${kernel[0]}" -initrd "${initrd[0]}" -append 'root=/dev/vda rw console=ttyS0 quiet' \
  -drive "file=$work/disk.img,if=virtio,format=raw,cache=unsafe" -nic user,model=virtio-net-pci \
  -serial "file:$work/console.log" -serial "file:$result" </dev/null || die "the machine did not end by itself: $(tail -n 30 "$work/console.log")"

passed=$(grep -c '^ok ' "$result" || true)
failed=$(grep -c '^not ok ' "$result" || true)
grep -q '^# end' "$result" || { tail -n 40 "$work/console.log" >&2; die 'it did not come to its end'; }
sleep 1
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
