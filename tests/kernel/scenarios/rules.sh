# shellcheck disable=SC2154  # names come from /configs/names
# Every rule on a living kernel: nothing is open, its cause comes, its grade is raised, its cause
# goes. Who is who: /configs/inventory.json; what is done: rules.py. Namespace a is the gateway, b
# and c are clients of it.
. /guest.sh
# Names of peers as NAME=PUBLIC KEY, of interfaces and clients as PRIVATE_NAME=FILE.
. /configs/names
rules_in() { grep "^wgaudit_finding{$1" /tmp/page | sed 's/.*rule="\([a-z_]*\)".*/\1/' | sort -u; }
# All of the list, and nothing else of it, is open (at a severity).
all_open() { [ "$(rules_in "$1" | grep -cxFf /configs/expected)" -eq "$(wc -l < /configs/expected)" ]; }
none_open() { [ -z "$(rules_in '')" ]; }

gateway() { ip netns exec a "$@"; }
peer() { gateway wg set wg0 peer "$1" "${@:2}"; }

forwarding() { gateway sh -c "echo $1 > /proc/sys/net/ipv4/conf/wg0/forwarding"; }
connect() { ip netns exec "$1" ping -c 1 -w 10 10.9.0.1 > /dev/null; }
# A new handshake, whatever is left of the last one.
reconnect() {
  ip -n "$1" link set wg0 down
  ip -n "$1" link set wg0 up
  ip -n "$1" route replace 10.9.0.1/32 dev wg0
  connect "$1"
}

ip netns add a
ip -n a link set lo up
for interface in wg0 wg1; do
  ip -n a link add $interface type wireguard
  ip -n a link set $interface up
done
gateway wg set wg0 private-key "$PRIVATE_gateway_wg0" listen-port 51820
gateway wg set wg1 private-key "$PRIVATE_gateway_wg1" listen-port 51821
ip -n a addr add 10.9.0.1/24 dev wg0
client b 192.0.2 "$PRIVATE_remote" 10.9.0.2 "$gateway_wg0"
client c 198.51.100 "$PRIVATE_intruder" 10.9.0.3 "$gateway_wg0"
# Ours, so that the page of a daemon in another namespace than a is on loopback.
ip link set lo up

serve() {
  wgaudit serve --collector.netns a --collector.netns late --collector.interval 1s \
    --no-collector.uapi --gateway.name gw1 --inventory.file /configs/inventory.json \
    --state.directory /tmp/state --events.directory /tmp/events "$@" >> /tmp/log 2>&1 &
  daemon=$!
}
stop() {
  kill -TERM $daemon
  wait $daemon
}
# The report of this moment, with the memory of the daemon.
report() {
  run "report.$1" wgaudit report --collector.netns a --collector.netns late --gateway.name gw1 --config.file "$2" \
    --inventory.file /configs/inventory.json --state.directory /tmp/state --format json
  run "report.$1.text" wgaudit report --collector.netns a --collector.netns late --gateway.name gw1 --config.file "$2" \
    --inventory.file /configs/inventory.json --state.directory /tmp/state
}

# Everything in order.
mkdir -p /tmp/events
ip netns add late
peer "$shrinking" allowed-ips 10.1.0.7/32
peer "$keyed" preshared-key /configs/psk
peer "$here"
peer "$outer" allowed-ips 10.68.0.0/16
gateway wg set wg1 peer "$elsewhere"
forwarding 0
serve --config.file /configs/low.yml
until_page metrics.fine 60000 'grep -q "^wireguard_interface_peers{netns=\"a\",interface=\"wg0\"} 4" /tmp/page && none_open'
report fine /configs/low.yml
stop

# All that can be wrong. The listener is one of them: a start.
peer "$unknown"
peer "$revoked"
peer "$disabled"
peer "$expired"
peer "$old"
peer "$greedy" allowed-ips 10.66.0.1/32
peer "$broad" allowed-ips 10.67.0.0/16
peer "$inner" allowed-ips 10.68.1.1/32
peer "$never"
peer "$sleepy"
peer "$keyed" preshared-key /dev/null
peer "$here" remove
gateway wg set wg1 peer "$elsewhere" remove
peer "$elsewhere"
peer "$double"
gateway wg set wg1 peer "$double"
peer "$remote" allowed-ips 10.9.0.2/32
peer "$intruder" allowed-ips 10.9.0.3/32
gateway wg set wg1 private-key "$PRIVATE_another"
forwarding 1
ip netns del late
connect b
connect c
serve --config.file /configs/low.yml --web.listen-address 0.0.0.0:9586
sleep 4
# While it looks: the kernel moves a prefix, an interface goes down.
peer "$thief" allowed-ips 10.1.0.7/32
ip -n a link set wg1 down
until_page metrics.low 150000 'connect c; all_open ".*severity=\"low\""'
report low /configs/low.yml
stop

# The same, graded higher.
serve --config.file /configs/high.yml --web.listen-address 0.0.0.0:9586
until_page metrics.high 150000 'connect c; all_open ".*severity=\"critical\""'
report high /configs/high.yml
stop

# Everything in order again, while it looks; but for the listener.
serve --config.file /configs/high.yml
until_page metrics.back 60000 '! rules_in "" | grep -q exposed_listener'
ip netns add late
for gone in "$unknown" "$revoked" "$disabled" "$expired" "$old" "$never" "$sleepy" "$elsewhere" \
  "$double" "$intruder" "$thief" "$inner"; do
  peer "$gone" remove
done
gateway wg set wg1 peer "$double" remove
gateway wg set wg1 peer "$elsewhere"
peer "$shrinking" allowed-ips 10.1.0.7/32
peer "$greedy" allowed-ips 10.1.0.6/32
peer "$broad" allowed-ips 10.1.0.8/32
peer "$keyed" preshared-key /configs/psk
peer "$here"
gateway wg set wg1 private-key "$PRIVATE_gateway_wg1"
ip -n a link set wg1 up
forwarding 0
reconnect b
peer "$remote" remove
until_page metrics.closed 60000 none_open
report closed /configs/high.yml
stop

# Without an inventory.
serve_bare() {
  wgaudit serve --collector.netns a --collector.interval 1s --no-collector.uapi \
    --gateway.name gw1 --state.directory /tmp/bare --events.directory /tmp/bare-events "$@" >> /tmp/log 2>&1 &
  daemon=$!
}
mkdir -p /tmp/bare-events
serve_bare --config.file /configs/low.yml
until_page bare.low 30000 'rules_in ".*severity=\"low\"" | grep -q no_inventory'
run report.bare wgaudit report --collector.netns a --gateway.name gw1 --config.file /configs/low.yml --format json
run report.bare.text wgaudit report --collector.netns a --gateway.name gw1 --config.file /configs/low.yml
stop
serve_bare --config.file /configs/high.yml
until_page bare.high 30000 'rules_in ".*severity=\"critical\"" | grep -q no_inventory'
stop
serve_bare --config.file /configs/high.yml --inventory.file /configs/empty.json
until_page bare.closed 30000 '! rules_in "" | grep -q no_inventory'
stop

cat /tmp/events/audit-*.jsonl | emit events
cat /tmp/bare-events/audit-*.jsonl | emit events.bare
cat /tmp/late 2> /dev/null | emit late
emit log < /tmp/log
exit 0
