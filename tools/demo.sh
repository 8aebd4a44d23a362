#!/bin/sh
# The main job on a small tomogram: demo.sh FOLDER-OF-PROGRAMS FOLDER-OF-REFERENCE-DATA OUTPUT
# Run by `make demo`.
set -eu
programs=$1
reference=$2
out=$3

mkdir -p "$out"
for model in dino sam; do
  heads=
  [ "$model" = sam ] || heads="--heads 3"
  # shellcheck disable=SC2086
  "$programs/convert-weights" "$reference/models/${model}_trained.pth" -o "$out/$model.safetensors" $heads --force
done
"$programs/cryosam" segment "$reference/e2e/volume_shared.mrc" --dino "$out/dino.safetensors" \
  --sam "$out/sam.safetensors" --point 27,83,17 --top-k 64 --axes z -o "$out/result" --force
echo
"$programs/cryosam" evaluate "$out/result/picks.star" Tests/Data/demo/truth.txt --radius 8
"$programs/cryosam" report "$out/result" --truth Tests/Data/demo/truth.txt --radius 8
cat <<TEXT

The weights are toys, trained for minutes on drawn blobs: the demo shows that everything runs, not what the
method can do.
Look at $out/result/report.html   (slices, masks, similarity maps, scores, the truth),
        $out/result/overview.png  (masks and picks on the central slices),
        $out/result/picks.star      (voxel coordinates, from 0), and
        $out/result/instances.mrc   (one label a particle).
TEXT
