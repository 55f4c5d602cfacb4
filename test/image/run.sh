#!/bin/bash
# Builds deploy/docker/Dockerfile, every step of it, and runs the image, without a Docker engine and without a registry: the
# FROM image is a Debian made here with the Node of node_modules and the npm of this machine. Some minutes; needs root and
#
#   apt-get install mmdebstrap buildah runc podman
#   sudo test/image/run.sh [--base slim.tar]     # a base made earlier by: test/image/run.sh --make-base slim.tar
#
# What is committed is what is built. Not part of `npm test`: it downloads a Debian.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
repository=$(cd "$here/../.." && pwd)

die() { echo "run.sh: $1" >&2; exit 1; }
make_base() { mmdebstrap --quiet --variant=minbase --include=ca-certificates,libstdc++6 bookworm "$1"; }

case ${1:-} in
  --make-base) make_base "${2:?--make-base FILE}"; exit ;;
  --base) base=$(realpath "${2:?--base FILE}") ;;
  '') base= ;;
  *) sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 4 ;;
esac
[ "$(id -u)" -eq 0 ] || die 'Please run as root.'
for program in mmdebstrap buildah runc podman; do
  command -v "$program" >/dev/null || die "$program is missing: apt-get install mmdebstrap buildah runc podman"
done
node=$repository/node_modules/node/bin/node
[ -x "$node" ] || die 'Run npm ci first: the base gets its Node from here.'

work=$(mktemp -d -t tokstat-image-XXXXXX)
# runc also where control groups of both versions are mounted side by side, which crun refuses.
store=(--root "$work/store" --runroot "$work/run" --storage-driver vfs)
podman() { command podman "${store[@]}" --runtime runc "$@"; }
buildah() { command buildah "${store[@]}" "$@"; }
container=
clean_up() {
  buildah umount --all >/dev/null 2>&1 || true
  [ -z "$container" ] || podman rm --force --time 5 "$container" >/dev/null 2>&1 || true
  umount "$work/store/vfs" 2>/dev/null || true
  rm -rf "$work"
}
trap clean_up EXIT

passed=0
failed=0
check() { # check "what" command...
  local what=$1 said
  shift
  if said=$("$@" 2>&1); then echo "ok - $what"; passed=$((passed + 1)); else
    echo "not ok - $what"
    tail -n 20 <<<"$said" | sed 's/^/#   /'
    failed=$((failed + 1))
  fi
}

# The base, under the name that the Dockerfile asks for.
mkdir "$work/base"
if [ -z "$base" ]; then make_base "$work/base.tar"; base=$work/base.tar; fi
tar -C "$work/base" -xf "$base" --exclude './dev/*'
install -D "$node" "$work/base/usr/local/bin/node"
mkdir -p "$work/base/usr/local/lib/node_modules"
cp -r "$(dirname "$(dirname "$(readlink -f "$(command -v npm)")")")" "$work/base/usr/local/lib/node_modules/npm"
ln -s ../lib/node_modules/npm/bin/npm-cli.js "$work/base/usr/local/bin/npm"
scratch=$(buildah from scratch)
buildah add --quiet "$scratch" "$work/base" / >/dev/null
name=$(sed -n 's/^FROM \([^ ]*\)$/\1/p' "$repository/deploy/docker/Dockerfile")
buildah commit --quiet --rm "$scratch" "localhost/$name" >/dev/null
rm -rf "$work/base"

# The build: as the first line of the Dockerfile says, from a clean clone. The npm cache of this machine saves the fetching.
git clone --quiet "file://$repository" "$work/clone"
cache=$(npm config get cache)
mkdir -p "$cache"
build() {
  buildah bud --isolation chroot --network host --pull-never --format docker --volume "$cache:/root/.npm" \
    --file "$work/clone/deploy/docker/Dockerfile" --tag tokstat "$work/clone"
}
check 'every step of the Dockerfile' build
[ "$failed" = 0 ] || exit 1
inspect() { podman image inspect tokstat --format "$1"; }
echo "# the image: $(($(inspect '{{.Size}}') / 1000000)) MB, of which the base $(($(podman image inspect "localhost/$name" --format '{{.Size}}') / 1000000)) MB"
check 'it runs as a number that is not root' test "$(inspect '{{.Config.User}}')" = 10001:10001
check 'it has a health check' test -n "$(inspect '{{.Config.Healthcheck}}')"
layers=$(buildah from --pull-never tokstat)
mounted=$(buildah mount "$layers")
check 'its program is there' test -s "$mounted/app/dist/main.mjs"
left_over() { find "$mounted" -xdev \( -name .env -o -path '*/app/*.ts' -o -path "$mounted/src" -o -path "$mounted/app/node_modules" \) -print; }
check 'no secret, no source and no package is in it' test -z "$(left_over)"

# The run: as compose.yaml has it. `--network none` has its own loopback, which is all that the check needs. A timer of
# podman for the health check would be one of systemd's, and this may be a machine without it.
common=(--log-driver k8s-file --cgroups=no-conmon --network none --ulimit nofile=1024:1024 --ulimit nproc=256:256)
printf 'a-token-for-tests-only\n' >"$work/token"
mkdir -p "$work/data"
chown 10001:10001 "$work/token" "$work/data"
chmod 400 "$work/token"
run=(run --detach "${common[@]}" --health-interval disable --read-only --cap-drop all --security-opt no-new-privileges --tmpfs /tmp
  --volume "$work/data:/data" --volume "$work/token:/run/secrets/tokstat_token:ro")
container=$(podman "${run[@]}" tokstat)
inside() { podman exec "$container" "$@"; }
ask() { # ask PATH [TOKEN]: the status of the answer
  inside node -e 'fetch("http://127.0.0.1:8000" + process.argv[1], { headers: process.argv[2] ? { authorization: "Bearer " + process.argv[2] } : {} }).then((answer) => console.log(answer.status))' "$@"
}
check 'it starts and its health check passes' inside tokstat service check --wait 60s
check 'podman says so too' podman healthcheck run "$container"
check 'it runs as 10001' test "$(inside id -u)" = 10001
refused() { ! "$@"; }
check 'its root cannot be written' refused inside touch /app/x
check 'it is process 1: the signal to stop reaches it' inside grep -qa 'tokstat.serve' /proc/1/cmdline
check '/metrics wants the token' test "$(ask /metrics)" = 401
check 'and answers with it' test "$(ask /metrics a-token-for-tests-only)" = 200
check 'it wrote to its volume' test -s "$work/data/share/tokstat/history.db"
log=$(podman logs "$container" 2>&1)
check 'its log says where it answers' grep -q 'answers at' <<<"$log"
check 'and has no token' refused grep -q a-token-for-tests-only <<<"$log"
check 'it stops when asked, within 10 s' podman stop --time 10 "$container"
check 'with exit code 0' test "$(podman inspect "$container" --format '{{.State.ExitCode}}')" = 0
without_token() {
  local code=0
  podman run --rm "${common[@]}" --health-interval disable --read-only --tmpfs /data:rw,mode=777 tokstat || code=$?
  [ "$code" = 4 ]
}
check 'without the token it refuses to start, with exit code 4' without_token

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
