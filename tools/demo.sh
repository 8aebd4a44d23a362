#!/bin/sh
# The main job on a simulated tomogram: demo.sh FOLDER-OF-PROGRAMS FOLDER-OF-WEIGHTS OUTPUT
# Run by `make demo`.
set -eu
cryosam=$1/cryosam
weights=$2
out=$3
phantom=$out/phantom

# A phantom that the demo weights' training never saw: its species and its seed are others.
"$cryosam" simulate -o "$phantom" --seed 2026 --deconvolve 1 --force
# One click: the ribosome nearest to the middle, to the voxel.
click=$(awk '$9 == "ribosome" {
    d = ($1 - 80) ^ 2 + ($2 - 80) ^ 2 + ($3 - 32) ^ 2
    if (!best || d < best) { best = d; point = sprintf("%d,%d,%d", $1 + 0.5, $2 + 0.5, $3 + 0.5) }
  } END { print point }' "$phantom/particles-ribosome.star")
diameter=$(awk '$9 == "ribosome" { print $12; exit }' "$phantom/particles-ribosome.star")
radius=$(awk "BEGIN { print $diameter / 2 }")A

echo "one click on a ribosome, at $click"
"$cryosam" segment "$phantom/tomogram-filtered.mrc" --dino "$weights/demo-dinov2.safetensors" \
  --sam "$weights/demo-sam.safetensors" --point "$click" -o "$out/result" --force
echo
"$cryosam" evaluate "$out/result/picks.star" "$phantom/particles-ribosome.star" --radius "$radius" \
  --instances "$out/result/instances.mrc" --truth-instances "$phantom/instances.mrc"
"$cryosam" report "$out/result" --truth "$phantom/particles-ribosome.star" --radius "$radius"
cat <<TEXT

The tomogram is simulated, and the weights are small ones trained on simulated tomograms: see Weights/README.md.
Look at $out/result/report.html   (slices, masks, similarity maps, scores, the truth),
        $out/result/overview.png  (masks and picks on the central slices),
        $out/result/picks.star      (voxel coordinates, from 0), and
        $out/result/instances.mrc   (one label a particle).
TEXT
