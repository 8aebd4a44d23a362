#!/bin/bash
# The installed programs in a bare Debian that has neither Swift nor OpenBLAS: check_install.sh PROGRAMS WEIGHTS WORK_FOLDER
#
# Installs what is in PROGRAMS (.build/release) into WORK_FOLDER/tree, makes a Debian of this machine's release in
# WORK_FOLDER/root (debootstrap, 100 MB), copies the tree into it, and there runs --help and segments a small phantom with
# the demo weights. The results must be the bytes that the program gives here. Needs root and debootstrap; exit status 69:
# one is missing.
set -eu
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

inside() { chroot "$work/root" env -i PATH=/usr/bin:/bin HOME=/root LANG=C.UTF-8 /opt/cryosam/bin/"$@"; }
inside cryosam --help | head -n 1
inside convert-weights --help | head -n 1
for library in "$work/root"/opt/cryosam/lib/cryosam/* "$work/root"/opt/cryosam/bin/*; do
  missing=$(chroot "$work/root" ldd "${library#"$work/root"}" 2>/dev/null | grep "not found" || true)
  [ -z "$missing" ] || { echo "$(basename "$library") misses $missing"; exit 1; }
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
