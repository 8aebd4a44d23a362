#!/bin/sh
# Runs the golden tests and writes their measured errors as a Markdown table: golden_table.sh OUT.md
set -eu
out=$1
notes=$(mktemp -d)
trap 'rm -rf "$notes"' EXIT
CRYOSAM_GOLDEN_TABLE="$notes/lines" swift test -c release --filter 'DINOv2Tests|SAMTests'
{
  cat <<'TEXT'
# Errors against the original code

Every golden tensor in `Tests/Data/golden` (outputs of the official PyTorch code on small models with random
parameters), compared with this program's. Written by `make golden-table`; the tests fail at a relative L2 error above
2e-5 and at more than 1 differing mask pixel in 10,000. Resized 8-bit images are compared by checksum and are
identical.

| tensor | relative L2 | largest absolute |
|---|---|---|
TEXT
  cat "$notes"/lines.* | grep -v pixels | LC_ALL=C sort | awk -F'\t' '{printf "| %s | %.1e | %.1e |\n", $1, $2, $3}'
  printf '\n| mask | differing pixels |\n|---|---|\n'
  cat "$notes"/lines.* | grep pixels | LC_ALL=C sort | awk -F'\t' '{printf "| %s | %s |\n", $1, $2}'
} >"$out.partial"
mv "$out.partial" "$out"
echo "$out: $(grep -c '^| ' "$out") rows"
