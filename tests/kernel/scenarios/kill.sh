# kill -9 of the daemon, of its collector, of both, again and again while peers and interfaces
# change. The plans are made by kill.py; here they are carried out, and what was done is written
# down with its times.
. /guest.sh
exec 2> /tmp/stderr
STATE=/var/state
EVENTS=/var/events
# A disk, as a program in a hurry sees it: a commit takes its time.
mount -t ext4 /dev/nvme0n1 /var || exit 9
mkdir -p $STATE $EVENTS
chmod 700 $STATE

# nap MILLISECONDS: read waits without another process.
mkfifo /tmp/never
exec 8<> /tmp/never
nap() {
  local text
  printf -v text '%d.%03d' $(($1 / 1000)) $(($1 % 1000))
  read -r -t "$text" -u 8
}

# ---- What changes. A plan has lines of: milliseconds to wait, command, arguments.
ips() { wg set wg0 peer "$1" allowed-ips "$2"; }
keepalive() { wg set wg0 peer "$1" persistent-keepalive "$2"; }
psk() { wg set wg0 peer "$1" preshared-key "$2"; }
add() { wg set wg0 peer "$1" allowed-ips "$2" persistent-keepalive "$3" preshared-key "$4"; }
remove() { wg set wg0 peer "$1" remove; }
setconf() { wg setconf wg1 /plans/wg1; }
rename() { ip link set "$1" name "$2"; }
recreate() {
  ip link del wg3
  nap "$1"
  ip link add wg3 type wireguard
  wg setconf wg3 /plans/wg3
}
# While /tmp/quiet is there, the peers of wg0 stay as they are: an absence settles then.
track() {
  local number=0 begun
  local -a line
  while read -r -a line && [ ! -e /tmp/stop ]; do
    nap "${line[0]}"
    while [ "$1" = peers ] && [ -e /tmp/quiet ]; do nap 100; done
    begun=$EPOCHREALTIME
    "${line[@]:1}" || echo "$1 $number" >> /tmp/failed
    echo "$number $begun $EPOCHREALTIME" >> "/tmp/done.$1"
    number=$((number + 1))
  done < "/plans/$1"
  [ -e /tmp/stop ] || echo "$1: the plan is too short" >> /tmp/failed
}

# ---- The daemon, started anew whenever it ended.
start() {
  wgaudit serve --gateway.name gw1 --inventory.file /plans/inventory.json --state.directory $STATE \
    --events.directory $EVENTS --collector.interval 1s --collector.settle 2s \
    --collector.max-age 10ms >> /tmp/log 2>&1 &
  daemon=$!
  starts=$((starts + 1))
  # A SIGTERM that meets the shell between fork and exec is lost with the shell.
  local name=
  until [ "$name" = wgaudit ] || zombie "$daemon"; do
    nap 1
    read -r name < "/proc/$daemon/comm"
  done
}
# ended [LIMIT]: waits for its end; sets status, which is "alive" where it does not come in time.
ended() {
  local limit=$(($(now_ms) + ${1:-10000}))
  while [ -e "/proc/$daemon/task" ] && ! zombie "$daemon" && [ "$(now_ms)" -lt $limit ]; do nap 20; done
  status=alive
  [ -e "/proc/$daemon/task" ] && ! zombie "$daemon" && return 1
  wait "$daemon"
  status=$?
}
zombie() {
  local line
  read -r line < "/proc/$1/stat" || return 0
  [[ ${line##*)} == " Z"* ]]
}
# Sets child and spare: the collector, and who takes over when it dies.
find_collectors() {
  local limit=$(($(now_ms) + 10000)) file
  while [ "$(now_ms)" -lt $limit ]; do
    for file in /proc/"$daemon"/task/*/children; do
      for child in $(< "$file"); do
        spare=
        read -r spare _ < "/proc/$child/task/$child/children"
        [ -n "$spare" ] && return 0
      done
    done
    nap 50
  done
  return 1
}
# Asks for a poll now, and does not wait for its answer.
ask() {
  exec 9<> /dev/tcp/127.0.0.1/9586 || return 1
  printf 'GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&9
}
page() { ask && tr -d '\r' <&9 | sed '1,/^$/d'; }

# take_aim AT MILLISECONDS: a peer changes, a poll is asked for, and the blow is to fall while that is
# judged, committed, written: so long after the request, or after the first write to the database or
# to the segments. Nobody waits for the answer.
take_aim() {
  local limit file=
  : > /tmp/mark
  keepalive "$AIM" $((1000 + round))
  # While it starts it does not listen: any moment is as good.
  ask || return
  limit=$((${EPOCHREALTIME%.*} + 3))
  case $1 in
    commit) file=$STATE/state.db-wal ;;
    write) file=$(newest_segment) ;;
    poll) limit=0 ;;
  esac
  until [ "$file" -nt /tmp/mark ] || [ "${EPOCHREALTIME%.*}" -ge $limit ]; do :; done
  [ -z "$file" ] || [ "$file" -nt /tmp/mark ] && hit=$1
  [ "$2" = 0 ] || nap "$2"
}
newest_segment() {
  local file newest=
  for file in "$EVENTS"/*.jsonl; do
    [ -z "$newest" ] || [ "$file" -nt "$newest" ] && newest=$file
  done
  echo "$newest"
}

# kill_round KIND WAIT AIM AIM_MS DETAIL DOWN
round=0
kill_round() {
  local kind=$1 moment=$2 aim=$3 aim_ms=$4 detail=$5 down=$6 hit=missed
  round=$((round + 1))
  if [ "$kind" = start ]; then
    kill -TERM "$daemon"
    ended
    # 143: it came before the daemon listened to signals.
    [ "$status" = 0 ] || [ "$status" = 143 ] || echo "round $round: SIGTERM: $status" >> /tmp/failed
    start
  fi
  [ "$moment" -ge 4000 ] && : > /tmp/quiet
  nap "$moment"
  rm -f /tmp/quiet
  if [ "$kind" != parent ] && [ "$kind" != start ] && [ "$kind" != stop ]; then
    find_collectors || echo "round $round: no collector and spare" >> /tmp/failed
  fi
  [ "$aim" = none ] && hit=none || take_aim "$aim" "$aim_ms"
  # It ends of nothing but our blows.
  kill -0 "$daemon" && ! zombie "$daemon" || { ended; echo "round $round: the daemon ended with $status" >> /tmp/failed; }
  case $kind in
    parent | start) kill -9 "$daemon" ;;
    child) kill -9 "$child" ;;
    both) kill -9 "$daemon" "$child" ;;
    # Stopped first: woken by the death of the collector it could have a spare of its own by then.
    line) kill -STOP "$spare"; kill -9 "$child" "$spare" ;;
    stop) kill -TERM "$daemon"; nap "$detail"; kill -9 "$daemon" ;;
  esac
  exec 9>&-
  if [ "$kind" = child ]; then
    echo "$kind $hit goes-on" >> /tmp/kills
    return
  fi
  ended 20000
  echo "$kind $hit $status" >> /tmp/kills
  [ "$status" = alive ] && { kill -9 "$daemon"; ended; }
  nap "$down"
  start
}

# ---- What stands at the beginning.
. /plans/settings
ip netns add b
ip link add va type veth peer name vb netns b
ip addr add 192.0.2.1/24 dev va
ip -n b addr add 192.0.2.2/24 dev vb
ip link set va up
ip -n b link set vb up
umask 077
wg genkey > /tmp/kb
wg genpsk > /tmp/psk
for name in wg0 wg1 wg2 wg3 wg4; do
  ip link add $name type wireguard
  wg setconf $name /plans/$name || exit 10
done
ip link set wg0 up
ip -n b link add wgb type wireguard

start
limit=$(($(now_ms) + 60000))
until page > /tmp/page && grep -q '^wireguard_interface_peers' /tmp/page; do
  [ "$(now_ms)" -gt $limit ] && { emit log < /tmp/log; exit 11; }
  nap 200
done

# One real session, which begins after the baseline and lasts.
real=$(wg pubkey < /tmp/kb)
wg set wg0 peer "$real" allowed-ips 10.9.0.2/32
ip netns exec b wg set wgb private-key /tmp/kb peer "$(wg show wg0 public-key)" \
  endpoint 192.0.2.1:51820 allowed-ips 10.9.0.1/32 persistent-keepalive 5
ip -n b link set wgb up

# ---- The loop.
: > /tmp/failed
: > /tmp/kills
track peers &
peers=$!
track links &
links=$!
begun=$(now_ms)
while read -r kind arguments; do kill_round "$kind" $arguments; done < /plans/kills
loop=$(($(now_ms) - begun))
: > /tmp/stop
wait $peers $links

# ---- What stands at the end.
[ "$REMOVES_INTERFACE" = yes ] && ip link del wg4
nap "$SETTLE_MS"
page | emit metrics
for attempt in 1 2 3 4 5; do
  wg show all dump > /tmp/dump
  wgaudit report --format json --inventory.file /plans/inventory.json --gateway.name gw1 > /tmp/report
  wg show all dump | cmp -s - /tmp/dump && break
done
emit dump < /tmp/dump
emit report < /tmp/report
kill -TERM "$daemon"
ended
echo "$status" | emit stop.status
echo "$starts $loop $real" | emit figures
nap 500
for file in /proc/[0-9]*/comm; do
  read -r name < "$file" && [[ $name == wgaudit* ]] && echo "${file} $name"
done | emit strays
run sessions wgaudit sessions --state.directory $STATE --format json
run tail wgaudit events tail --state.directory $STATE --lines 1
emit failed < /tmp/failed
emit kills < /tmp/kills
emit done.peers < /tmp/done.peers
emit done.links < /tmp/done.links
emit log < /tmp/log
emit stderr < /tmp/stderr
for file in "$STATE"/*; do [ -f "$file" ] && emit "state.${file##*/}" < "$file"; done
for file in "$EVENTS"/*.jsonl; do emit "events.${file##*/}" < "$file"; done
exit 0
