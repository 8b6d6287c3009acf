# shellcheck disable=SC2154  # names come from /configs/names
# The two rules that look at time: shared_key and traffic_anomaly, each opened, raised and closed.
# Handshakes and packets are real; hours pass by moving the clocks that the program reads. Namespace
# a is the gateway; b and c are two devices with one key, d is one that transfers little, then much.
. /guest.sh
. /configs/names
is_open() { grep -q "^wgaudit_finding{.*rule=\"$1\".*severity=\"$2\"" /tmp/page; }

# Seconds by which CLOCK_BOOTTIME and CLOCK_REALTIME are ahead of the kernel's; as the program reads
# them, 8 bytes, the lowest first. Without a fork: a day has 1,440 minutes, and a fork here 10 ms.
shifted=0
shift_clocks() {
  local left i byte bytes=
  shifted=$((shifted + $1))
  left=$shifted
  for i in 1 2 3 4 5 6 7 8; do
    printf -v byte '\\x%02x' $((left & 255))
    bytes+=$byte
    left=$((left >> 8))
  done
  printf '%b' "$bytes" 1<> /tmp/shift  # not cut to nothing before it is written
}

ip netns add a
ip -n a link set lo up
ip link set lo up
ip -n a link add wg0 type wireguard
ip netns exec a wg set wg0 private-key /configs/PRIVATE_gateway listen-port 51820 \
  peer "$shared" allowed-ips 10.9.0.2/32 peer "$talker" allowed-ips 10.9.0.4/32
ip -n a addr add 10.9.0.1/24 dev wg0
ip -n a link set wg0 up
client b 192.0.2 /configs/PRIVATE_shared 10.9.0.2 "$gateway"
client c 198.51.100 /configs/PRIVATE_shared 10.9.0.2 "$gateway"
client d 203.0.113 /configs/PRIVATE_talker 10.9.0.4 "$gateway"

head -c 8 /dev/zero > /tmp/shift
serve() {
  LD_PRELOAD=/lib/shift_clocks.so SHIFT_CLOCKS_FILE=/tmp/shift wgaudit serve --collector.netns a \
    --no-collector.uapi --gateway.name gw1 --inventory.file /configs/inventory.json \
    --state.directory /tmp/state --events.directory /tmp/events "$@" >> /tmp/log 2>&1 &
  daemon=$!
}
stop() {
  kill -TERM $daemon
  wait $daemon
}
report() {
  run "report.$1" wgaudit report --collector.netns a --gateway.name gw1 --config.file "$2" \
    --inventory.file /configs/inventory.json --state.directory /tmp/state --format json
}
mkdir -p /tmp/events

# One device alone, then two of them.
serve --config.file /configs/low.yml --collector.interval 2s
ip netns exec b ping -i 1 10.9.0.1 > /dev/null 2>&1 &
ping_b=$!
sleep 20
until_page shared.fine 20000 '! is_open shared_key .'
ip netns exec c ping -i 1 10.9.0.1 > /dev/null 2>&1 &
ping_c=$!
until_page shared.low 240000 'is_open shared_key low'
stop
serve --config.file /configs/high.yml --collector.interval 2s
# What was seen before the restart is not known any more: it is judged anew when they fight again.
until_page shared.high 300000 'is_open shared_key critical'
report high /configs/high.yml
# One of them alone again. What was seen counts for ten minutes.
kill $ping_c
ip -n c link set wg0 down
sleep 4
kill $ping_b
for i in $(seq 33); do
  shift_clocks 20
  page > /tmp/page
done
until_page shared.closed 30000 '! is_open shared_key .'
stop

# A day and an hour of a little traffic in every minute, then six minutes of much.
talk() { ip netns exec d ping -q -i 0.002 -c "$1" -s 1000 -w 20 10.9.0.1 > /dev/null; }
minute() {
  talk "$1"
  shift_clocks 60
  page > /tmp/page
}
serve --config.file /configs/low.yml --collector.interval 30s --collector.settle 30s
until_page traffic.fine 30000 'true'
for i in $(seq 1460); do minute 1; done
until_page traffic.learned 10000 '! is_open traffic_anomaly .'
for i in 1 2 3 4; do minute 100; done
until_page traffic.four 10000 '! is_open traffic_anomaly .'
for i in 1 2 3; do minute 100; done
until_page traffic.low 10000 'is_open traffic_anomaly low'
stop
serve --config.file /configs/high.yml --collector.interval 30s --collector.settle 30s
for i in 1 2 3; do minute 100; done
until_page traffic.high 30000 'is_open traffic_anomaly critical'
report traffic /configs/high.yml
for i in 1 2 3 4; do minute 1; done
until_page traffic.closed 10000 '! is_open traffic_anomaly .'
stop

cat /tmp/events/audit-*.jsonl | emit events
cat /tmp/late 2> /dev/null | emit late
emit log < /tmp/log
exit 0
