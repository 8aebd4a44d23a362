#!/bin/sh
# A real Slurm on this machine alone: a controller and two nodes, n1 and n2, of one core each, with nobody else's files.
#
#   tools/local_slurm.sh start FOLDER     starts munged, slurmctld and two slurmd; their files are in FOLDER
#   SLURM_CONF=FOLDER/slurm.conf sbatch ...
#   tools/local_slurm.sh stop FOLDER
#
# Needs Debian's packages slurm-wlm and munge, and to be root. Exit status 69: one of them is not there.
set -eu
[ $# = 2 ] || { sed -n 2,8p "$0"; exit 64; }
action=$1
mkdir -p "$2"
folder=$(cd "$2" && pwd)
PATH=$PATH:/usr/sbin:/sbin
export SLURM_CONF="$folder/slurm.conf"

# Ends daemons, and waits for that: one that is late would take away the file with the number of the next of its name.
end() {
  for name; do
    [ -s "$folder/$name.pid" ] || continue
    process=$(cat "$folder/$name.pid")
    kill "$process" 2>/dev/null || continue
    for _ in $(seq 50); do
      kill -0 "$process" 2>/dev/null || break
      sleep 0.1
    done
  done
}

stop_slurm() { end slurmd.n1 slurmd.n2 slurmctld; }

stop() {
  # What is left runs on without its node, and its step with it.
  for job in $(timeout 10 squeue -h -o %A 2>/dev/null | sort -u); do timeout 10 scancel "$job" || true; done
  for _ in $(seq 50); do
    pgrep -f "^slurmstepd: " >/dev/null || break
    sleep 0.1
  done
  stop_slurm
  end munged
}

fail() {
  echo "$1; see the logs in $folder" >&2
  stop
  exit 70
}

# Whether no connection of this machine, whatever its state, has one of three ports from $1 on at this end.
are_free() {
  for number in "$1" "$(($1 + 1))" "$(($1 + 2))"; do
    ! cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk '{ print $2 }' | grep -q ":$(printf %04X "$number")\$" || return 1
  done
}

# Starts the controller at port $1 and the nodes at the two after it. Status 1: another program has one of them by now.
start_at() {
  port=$1
  cat >"$SLURM_CONF" <<CONF
ClusterName=local
SlurmctldHost=$(hostname)(127.0.0.1)
SlurmctldPort=$port
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
MessageTimeout=60
AuthInfo=socket=$folder/munge.socket
StateSaveLocation=$folder/state
SlurmctldPidFile=$folder/slurmctld.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdPidFile=$folder/slurmd.%n.pid
SlurmdSpoolDir=$folder/%n
SlurmdLogFile=$folder/slurmd.%n.log
SlurmdParameters=config_overrides
ProctrackType=proctrack/pgid
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_interval=5,bf_interval=5
ReturnToService=2
KillWait=10
MinJobAge=3600
JobRequeue=1
JobCompType=jobcomp/filetxt
JobCompLoc=$folder/jobs.log
AccountingStorageType=accounting_storage/none
NodeName=n1 NodeHostname=$(hostname) NodeAddr=127.0.0.1 Port=$((port + 1)) CPUs=1 RealMemory=$memory
NodeName=n2 NodeHostname=$(hostname) NodeAddr=127.0.0.1 Port=$((port + 2)) CPUs=1 RealMemory=$memory
PartitionName=main Nodes=n1,n2 Default=YES MaxTime=INFINITE State=UP
CONF
  rm -f "$folder"/slurm*.log
  slurmctld || fail "slurmctld does not start"
  for node in n1 n2; do slurmd -N $node || true; done
  # Without a controller sinfo waits for minutes.
  deadline=$(($(date +%s) + 60))
  while [ "$(date +%s)" -lt $deadline ]; do
    if grep -q "Address already in use" "$folder"/slurm*.log; then stop_slurm; return 1; fi
    [ "$(timeout 5 sinfo -h -N -t idle -o %N 2>/dev/null | wc -l)" -lt 2 ] || return 0
    sleep 0.2
  done
  fail "the nodes do not come up"
}

start() {
  for program in munged slurmctld slurmd sbatch; do
    command -v $program >/dev/null || { echo "there is no $program: install slurm-wlm and munge" >&2; exit 69; }
  done
  [ "$(id -u)" = 0 ] || { echo "only root can start it" >&2; exit 69; }
  chmod 755 "$folder"
  mkdir -p "$folder/state" "$folder/n1" "$folder/n2"
  [ -s "$folder/munge.key" ] || dd if=/dev/urandom of="$folder/munge.key" bs=128 count=1 2>/dev/null
  chmod 600 "$folder/munge.key"
  munged --force --key-file "$folder/munge.key" --socket "$folder/munge.socket" --pid-file "$folder/munged.pid" \
    --log-file "$folder/munged.log" --seed-file "$folder/munge.seed"
  memory=$(awk '/^MemTotal/ { print int($2 / 1024 * 0.45) }' /proc/meminfo)
  # Below the ports that Linux gives to connections (32768 on), and by this process's number, since several may start.
  first=$((20000 + $$ % 3000 * 4))
  for port in $(seq "$first" 4 "$((first + 400))"); do
    if are_free "$port" && start_at "$port"; then return 0; fi
  done
  fail "every port from $first to $((first + 400)) is in use"
}

case $action in
  start | stop) $action ;;
  *) sed -n 2,8p "$0"; exit 64 ;;
esac
