#!/bin/sh
# Fuzzes every parser for some seconds each: fuzz.sh FUZZ-PARSERS SECONDS
# The seed is the day's number, so that every day tries other inputs; a finding names its input file.
set -eu
program=$1
seconds=$2
seed=$(($(date +%s) / 86400))
data=Tests/Data
run() {
  parser=$1
  shift
  echo "== $parser"
  "$program" "$parser" "$seconds" "$seed" "$@"
}
run json "$data/safetensors/index.json"
run yaml docs/empiar-10499.yaml
run project "$data/projects/project.yaml" "$data/projects/copick.yaml"
run copick "$data/projects/copick.json"
run safetensors "$data/safetensors"
run checkpoint "$data/checkpoints"
run pickle "$data/pickles"
run mrc "$data/mrc-conformance"
run zarr "$data/zarr"
run npy "$data/npy"
run png "$data/images"
run star "$data/points"
run points "$data/points"
run pick-formats "$data/points"
run tomograms "$data/points/tomograms.star"
run query "$data/runs/query.safetensors"
run record "$data/runs/run.json"
run finds "$data/runs/candidates.star"
run find-masks "$data/runs/candidates.safetensors"
run request "$data/viewer/request.txt"
run box "$data/viewer/box.json"
run journal "$data/viewer/view.jsonl"
