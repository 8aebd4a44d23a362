#!/bin/sh
# The paper's tables on four phantoms: study_demo.sh FOLDER-OF-PROGRAMS FOLDER-OF-WEIGHTS OUTPUT
# Interrupted, it goes on where it stopped when it is started again.
set -eu
cryosam=$1/cryosam
weights=$(cd "$2" && pwd)
out=$3
mkdir -p "$out"
for number in 1 2 3 4; do
  # Other seeds than those of the demo and of the weights' training.
  test -e "$out/phantom-$number/simulate.json" ||
    "$cryosam" simulate -o "$out/phantom-$number" --seed "$((3000 + number))" --deconvolve 1 --force
done
ln -sfn "$weights" "$out/weights"
cp docs/phantoms.yaml "$out/study.yaml"
"$cryosam" study "$out/study.yaml" -o "$out/study"
