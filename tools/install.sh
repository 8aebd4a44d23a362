#!/bin/sh
# Installs the programs: install.sh FOLDER-OF-PROGRAMS PREFIX
#
# bin/ gets the programs, which hold Swift's own libraries; lib/cryosam/ the other libraries that they need, OpenBLAS
# included, but for the C library, so that the tree can be copied to a machine that has none of them; share/ the manual
# pages, made from the help, and the shells' completions. Run by `make install`.
set -eu
[ $# = 2 ] || { sed -n 2,6p "$0"; exit 64; }
built=$1
prefix=$2
install -d "$prefix/bin" "$prefix/lib/cryosam" "$prefix/share/man/man1" \
  "$prefix/share/bash-completion/completions" "$prefix/share/zsh/site-functions" \
  "$prefix/share/fish/vendor_completions.d"

for program in cryosam convert-weights; do
  install -m 755 "$built/$program" "$prefix/bin/.$program.new"
  strip "$prefix/bin/.$program.new"
  mv "$prefix/bin/.$program.new" "$prefix/bin/$program"
done

# What a program or library needs, with the C library's own left out.
needed() { ldd "$1" | awk '$2 == "=>" && $3 ~ /^\// { print $3 }' | grep -Ev '/(libc|libm|libdl|libpthread|librt|ld-[^/]*)\.so' || true; }
# OpenBLAS is opened when it is needed. The build on threads alone is right (docs/troubleshooting.md).
blas=$(ls /usr/lib/*/openblas-pthread/libopenblas.so.0 2>/dev/null | head -n 1)
[ -n "$blas" ] || { echo "there is no libopenblas0-pthread: install it" >&2; exit 69; }
# c-blosc too.
blosc=$(ls /usr/lib/*/libblosc.so.1 2>/dev/null | head -n 1)
[ -n "$blosc" ] || { echo "there is no libblosc1: install it" >&2; exit 69; }
for library in "$blas" "$blosc" $(needed "$built/cryosam") $(needed "$blas") $(needed "$blosc"); do
  install -m 644 "$(readlink -f "$library")" "$prefix/lib/cryosam/$(basename "$library")"
done

sh "$(dirname "$0")/manual.sh" "$prefix/bin/cryosam" "$prefix/share/man/man1"
sh "$(dirname "$0")/manual.sh" "$prefix/bin/convert-weights" "$prefix/share/man/man1"
for program in cryosam convert-weights; do
  "$prefix/bin/$program" --generate-completion-script bash >"$prefix/share/bash-completion/completions/$program"
  "$prefix/bin/$program" --generate-completion-script zsh >"$prefix/share/zsh/site-functions/_$program"
  "$prefix/bin/$program" --generate-completion-script fish >"$prefix/share/fish/vendor_completions.d/$program.fish"
done
echo "installed in $prefix: bin/cryosam, bin/convert-weights, their libraries, manual pages and completions"
