#!/bin/bash
# A project on a real Slurm with trouble, against the same project by `cryosam project run`:
#
#   tools/check_slurm.sh CRYOSAM WORK_FOLDER TASKS DAMAGED --tomograms PATTERN --dino W --sam W --point X,Y,Z ...
#
# Makes two projects of what is given to `project init`, and cuts the file DAMAGED, one of the tomograms, to half its
# length. Does the first by `project run`, submits the other with TASKS tasks that encode to a Slurm of two nodes on this
# machine (tools/local_slurm.sh), kills one of these (SIGKILL), drains a node and brings it back, and compares all results
# byte for byte, run.json but for times and the project's path. Exit status 0: the same; 69: there is no Slurm.
set -eu
if [ $# -lt 6 ]; then sed -n 2,10p "$0"; exit 64; fi
program=$(readlink -f "$1") work=$2 tasks=$3 damaged=$4
shift 4
tools=$(cd "$(dirname "$0")" && pwd)
PATH=$PATH:/usr/sbin:/sbin
mkdir -p "$work"
work=$(cd "$work" && pwd)
for project in run slurm; do "$program" project init "$work/$project" "$@" >/dev/null; done
truncate -s "$(($(stat -c %s "$damaged") / 2))" "$damaged"

SECONDS=0
"$program" project run "$work/run" --quiet && { echo "nothing failed, though $damaged is damaged"; exit 1; }
echo "project run took $SECONDS s"

sh "$tools/local_slurm.sh" start "$work/local" || exit $?
export SLURM_CONF="$work/local/slurm.conf"
trap 'sh "$tools/local_slurm.sh" stop "$work/local"' EXIT
SECONDS=0
"$program" project submit "$work/slurm" --slurm --cpus 1 --mem 2 --time 60 --array-size "$tasks" --seconds 1,4 \
  | grep -E "job|tasks"

# Jobs and tasks that are left. On a busy machine the controller may be too late to answer: then some may be.
left() { timeout 60 squeue -h "$@" 2>/dev/null || echo "no answer"; }

# Ends the check if it has taken half an hour.
in_time() { [ $SECONDS -lt 1800 ] || { echo "$1 after half an hour, or the controller does not answer"; exit 1; }; }

# The second task that encodes is killed as soon as it runs. The pattern is that of this folder's processes alone.
killed=
until [ -n "$killed" ] || [ -z "$(left -n cryosam-encode)" ]; do
  process=$(pgrep -f "^$program project task $work/slurm --encode 2/$tasks " | head -n 1 || true)
  in_time "no task is killed"
  if [ -n "$process" ] && kill -9 "$process"; then killed=$process; else sleep 0.05; fi
done
[ -n "$killed" ] || { echo "the second task ended before it was killed: give larger tomograms"; exit 1; }
echo "killed task 2 of $tasks after $SECONDS s; $(find "$work/slurm/slices" -name '*.safetensors' | wc -l) slices are stored"

scontrol update nodename=n2 state=drain reason=check
until timeout 60 sinfo -h -n n2 -o %T | grep -q drained; do
  in_time "n2 is not drained"
  sleep 0.2
done
echo "n2 is drained, $(left | wc -l) jobs or tasks are left"
sleep 2
scontrol update nodename=n2 state=resume
while [ -n "$(left)" ]; do
  in_time "jobs are left"
  sleep 0.5
done
echo "Slurm took $SECONDS s"
grep -q "cryosam-encode.*ExitCode=137:0\|cryosam-encode.*ExitCode=0:9" "$work/local/jobs.log" \
  || { echo "no task was killed, says Slurm"; exit 1; }

name=$(basename "$damaged")
name=${name%.*}
grep -q "^ *$name  *failed " "$work/slurm/summary.star" || { echo "the summary does not say that $name failed"; exit 1; }
grep "^ *$name " "$work/slurm/summary.star"
differences=0
plain() { sed -e '/"performance": {/,$d' -e "s#$work/run#PROJECT#g; s#$work/slurm#PROJECT#g" "$1"; }
files=$(cd "$work/run" && find results picks.star summary.star -type f ! -name report.html | sort)
for file in $files; do
  case $file in
    */run.json) cmp -s <(plain "$work/run/$file") <(plain "$work/slurm/$file") ;;
    *) cmp -s "$work/run/$file" "$work/slurm/$file" ;;
  esac || { echo "$file differs"; differences=1; }
done
extra=$(cd "$work/slurm" && find results picks.star summary.star -type f ! -name report.html | sort | diff - <(echo "$files") || true)
[ -z "$extra" ] || { echo "the results are other files: $extra"; differences=1; }
[ $differences = 1 ] || echo "the same bytes in $(echo "$files" | wc -l) files"
exit $differences
