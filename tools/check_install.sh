#!/bin/bash
# The installed programs in a bare Debian that has neither Swift nor OpenBLAS: check_install.sh PROGRAMS WEIGHTS WORK_FOLDER
#
# Installs what is in PROGRAMS (.build/release) into WORK_FOLDER/tree, makes a Debian of this machine's release in
# WORK_FOLDER/root (debootstrap, 100 MB), copies the tree into it, and there runs --help and segments a small phantom with
# the demo weights. The results must be the bytes that the program gives here. Needs root and debootstrap; exit status 69:
# one is missing.
set -euo pipefail
[ $# = 3 ] || { sed -n 2,7p "$0"; exit 64; }
programs=$1 weights=$2 work=$3
tools=$(cd "$(dirname "$0")" && pwd)
PATH=$PATH:/usr/sbin:/sbin
command -v debootstrap >/dev/null || { echo "skipped: there is no debootstrap" >&2; exit 69; }
[ "$(id -u)" = 0 ] || { echo "skipped: this is not root" >&2; exit 69; }
mkdir -p "$work"
sh "$tools/install.sh" "$programs" "$work/tree"
du -sh "$work/tree"
. /etc/os-release
[ -x "$work/root/bin/sh" ] || debootstrap --variant=minbase "$VERSION_CODENAME" "$work/root" >"$work/debootstrap.log"

rm -rf "$work/root/opt/cryosam" "$work/root/data"
cp -r "$work/tree" "$work/root/opt/cryosam"
mkdir -p "$work/root/data"
cp "$weights"/demo-*.safetensors "$work/root/data"
"$programs/cryosam" simulate -o "$work/phantom" --size 80,72,40 --seed 1 --species ribosome:3 --membranes 0 --gold 0 \
  --deconvolve 1 --quiet --force
cp "$work/phantom/tomogram-filtered.mrc" "$work/root/data/tomo.mrc"
point=$(awk '$9 == "ribosome" { printf "%d,%d,%d", $1 + 0.5, $2 + 0.5, $3 + 0.5; exit }' "$work/phantom/particles-ribosome.star")

# As every system has it: the loader asks it where the program is.
mount -t proc proc "$work/root/proc" || { echo "skipped: /proc cannot be mounted in $work/root" >&2; exit 69; }
trap 'umount "$work/root/proc"' EXIT
inside() { chroot "$work/root" env -i PATH=/usr/bin:/bin HOME=/root LANG=C.UTF-8 /opt/cryosam/bin/"$@"; }
for program in cryosam convert-weights; do
  inside $program --help >"$work/help"
  sed -n 1p "$work/help"
done
segment() {
  echo segment "$1/tomo.mrc" --dino "$1/demo-dinov2.safetensors" --sam "$1/demo-sam.safetensors" --point "$point" \
    --quiet --force -o "$1"
}
# shellcheck disable=SC2046
inside cryosam $(segment /data)/inside
# shellcheck disable=SC2046
"$programs/cryosam" $(segment "$work/root/data")/outside
differences=0
for file in picks.star instances.mrc semantic.mrc similarity.mrc candidates.star query.safetensors overview.png; do
  cmp "$work/root/data/inside/$file" "$work/root/data/outside/$file" || differences=1
done
[ $differences = 1 ] || echo "the same bytes inside and outside"
exit $differences
