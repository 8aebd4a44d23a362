#!/bin/sh
# Checks for Swift 6.2 or later and installs the Debian packages named as arguments that are missing.
set -eu

if ! command -v swift >/dev/null 2>&1; then
  echo "Swift is missing: install Swift 6.2 or later from https://www.swift.org/install/linux and put it on PATH." >&2
  exit 69
fi
version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1)
major=${version%%.*}
minor=${version#*.}
if [ "${major:-0}" -lt 6 ] || { [ "$major" -eq 6 ] && [ "$minor" -lt 2 ]; }; then
  echo "Swift ${version:-of unknown version} is too old: install Swift 6.2 or later from https://www.swift.org/install/linux." >&2
  exit 69
fi

if ! command -v dpkg-query >/dev/null 2>&1; then
  echo "This is not a Debian or Ubuntu machine: make sure that OpenBLAS, OpenSSL (with libcrypto.a), zlib, bzip2, c-blosc, zstd, libcurl and libyaml are here with their headers."
  exit 0
fi
missing=
for package in "$@"; do
  status=$(dpkg-query -W -f='${Status}' "$package" 2>/dev/null || true)
  [ "$status" = "install ok installed" ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

echo "Installing Debian packages:$missing"
as_root=
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null 2>&1 || {
    echo "You are not root and there is no sudo: ask your administrator to install$missing." >&2
    exit 69
  }
  as_root=sudo
fi
$as_root apt-get update -qq
# shellcheck disable=SC2086
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $missing
