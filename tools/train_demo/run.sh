#!/bin/bash
# Trains the demo weights from nothing: simulated tomograms, both networks (one thread each), conversion to
# Weights/demo-sam.safetensors and Weights/demo-dinov2.safetensors.
#
#   tools/train_demo/run.sh WORK_FOLDER [PYTHON]
#
# WORK_FOLDER gets the tomograms (about 1 GB) and the trainings' states; run again after an interruption, it goes on.
set -euo pipefail
cd "$(dirname "$0")/../.."
work=$1 python=${2:-python3}
shift; shift || true
here=tools/train_demo
# shellcheck source=steps.sh
source $here/steps.sh

swift build -c release --product cryosam
swift build -c release --product convert-weights
programs=$(swift build -c release --show-bin-path)

mkdir -p "$work" $here/curves
# the trainings begin with the first tomograms and wait for those that are due
$python $here/make_data.py "$work/random" --simulator "$programs/cryosam" --count "$TOMOGRAMS" > "$work/data.log" &
data=$!
# shellcheck disable=SC2086
$python -u $here/train_sam.py "$work/random" -o "$work/sam" $SAM_STEPS "$@" > "$work/sam.log" 2>&1 &
sam=$!
# shellcheck disable=SC2086
{
  $python -u $here/train_dino.py "$work/random" -o "$work/places" $DINO_STEPS "$@"
  $python -u $here/train_dino.py "$work/random" -o "$work/dino" --start "$work/places" $DINO_HEARTS_STEPS "$@"
} > "$work/dino.log" 2>&1 &
dino=$!
wait $data && wait $sam && wait $dino

for curve in sam places dino; do
  cp "$work/$curve/curve.csv" "$here/curves/$curve.csv"
  $python $here/draw_curves.py "$here/curves/$curve.csv" -o "$here/curves/$curve.svg"
done
"$programs/convert-weights" "$work/sam/average.pth" -o Weights/demo-sam.safetensors --dtype f16 --force
"$programs/convert-weights" "$work/dino/average.pth" -o Weights/demo-dinov2.safetensors --dtype f16 \
  --input-size 192 --force
