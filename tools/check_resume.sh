#!/bin/bash
# Runs a command of cryosam once in one go, and once killed (SIGKILL) at random moments and started again, and compares
# the two folders byte for byte; run.json but for the times and the output's name.
#
#   tools/check_resume.sh CRYOSAM KILLS MAX_SECONDS WORK_FOLDER segment tomo.mrc --dino W --sam W --point X,Y,Z ...
#
# Each attempt is killed after a random time of at most MAX_SECONDS (a third of the whole run's time reaches all stages).
# An attempt that ends before it is killed does not count, and the next one starts afresh. Exit status 0: the same bytes.
set -eu
if [ $# -lt 6 ]; then sed -n 2,8p "$0"; exit 64; fi
program=$1 kills=$2 longest=$3 work=$4
shift 4
mkdir -p "$work"
rm -rf "$work/whole" "$work/killed"

echo "in one go"
SECONDS=0
"$program" "$@" -o "$work/whole" --quiet
echo "took $SECONDS s"
killed=0
for attempt in $(seq $((4 * kills))); do
  [ "$killed" -lt "$kills" ] || break
  "$program" "$@" -o "$work/killed" --quiet &
  process=$!
  pause=$(awk -v most="$longest" -v seed="$RANDOM$attempt" 'BEGIN { srand(seed); print 0.1 + rand() * most }')
  sleep "$pause"
  if kill -9 "$process" 2>/dev/null; then
    wait "$process" 2>/dev/null || true
    if [ -e "$work/killed/run.json" ]; then
      echo "killed after $pause s, when the result was complete"
      rm -rf "$work/killed"
      continue
    fi
    killed=$((killed + 1))
    echo "kill $killed after $pause s: $(find "$work/killed" -name '*-*.safetensors' | wc -l) slices are stored"
  else
    wait "$process"
    echo "ended before $pause s"
    rm -rf "$work/killed"
  fi
done
[ "$killed" = "$kills" ] || { echo "only $killed kills: give a smaller MAX_SECONDS"; exit 1; }
"$program" "$@" -o "$work/killed" --quiet

differences=0
for file in $(cd "$work/whole" && find . -type f | sort); do
  case $file in
    ./run.json)
      strip() {
        sed -e '/"performance": {/,$d' -e "s#$work/whole#RUN#g; s#$work/killed#RUN#g" "$1"
      }
      cmp -s <(strip "$work/whole/$file") <(strip "$work/killed/$file") \
        || { echo "$file differs"; differences=1; } ;;
    *) cmp "$work/whole/$file" "$work/killed/$file" || differences=1 ;;
  esac
done
extra=$(cd "$work/killed" && find . -type f | sort | diff - <(cd "$work/whole" && find . -type f | sort) || true)
if [ -n "$extra" ]; then echo "the folders hold other files: $extra"; differences=1; fi
if [ $differences = 0 ]; then echo "the same bytes: $(ls "$work/whole" | tr '\n' ' ')"; fi
exit $differences
