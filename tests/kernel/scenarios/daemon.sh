# The daemon beside a living kernel: secrets, a killed child, a setconf loop, a rogue peer, an
# interface and a namespace that go. Polls every second; the settle time is the default.
. /guest.sh

hex_of() { od -An -v -tx1 | tr -d ' \n'; }

# has NAME PATTERN LIMIT: waits until the page has a line like this; its milliseconds as NAME.
has() {
  local begun
  begun=$(now_ms)
  while ! page | grep -q -e "$2"; do
    [ $(($(now_ms) - begun)) -gt "$3" ] && { echo timeout | emit "$1"; return 1; }
    sleep 0.2
  done
  echo $(($(now_ms) - begun)) | emit "$1"
}
hasnt() {
  local begun
  begun=$(now_ms)
  while page | grep -q -e "$2"; do
    [ $(($(now_ms) - begun)) -gt "$3" ] && { echo timeout | emit "$1"; return 1; }
    sleep 0.2
  done
  echo $(($(now_ms) - begun)) | emit "$1"
}

handshake
key_of_a=$(wg pubkey < /tmp/ka)
key_of_b=$(wg pubkey < /tmp/kb)
# Names of the secrets, each as raw bytes, and as the hex and base64 text of them; the last one is
# no secret and must be found, or the search proves nothing.
: > /tmp/patterns
for name in ka kb psk; do
  raw=$(base64 -d < /tmp/$name | hex_of)
  echo "$name.raw $raw" >> /tmp/patterns
  echo "$name.hex $(printf %s "$raw" | hex_of)" >> /tmp/patterns
  echo "$name.base64 $(head -c 43 /tmp/$name | hex_of)" >> /tmp/patterns
done
echo "public $(printf %s "$key_of_b" | base64 -d | hex_of)" >> /tmp/patterns

cat > /tmp/inventory.json <<JSON
{"version": 1,
 "gateways": [{"name": "gw1", "interfaces": [{"name": "wg0", "netns": "a"}]}],
 "peers": [{"public_key": "$key_of_b", "principal": "bob", "allowed_ips": ["10.9.0.2/32"], "at": ["gw1/a:wg0"]},
           {"public_key": "$key_of_a", "principal": "alice", "status": "revoked"}]}
JSON
wgaudit serve --collector.netns all --collector.interval 1s --inventory.file /configs/inventory.json \
  --gateway.name gw1 --state.directory /tmp/state1 > /tmp/out 2> /tmp/log &
first=$!
has first.up '^wgaudit_build_info' 30000 || { emit log < /tmp/log; exit 13; }
kill -TERM $first
begun=$(now_ms)
wait $first
echo "$? $(($(now_ms) - begun))" | emit stopped

wgaudit serve --collector.netns all --collector.interval 1s --inventory.file /tmp/inventory.json \
  --gateway.name gw1 --events.directory /tmp/events > /tmp/out 2> /tmp/log &
daemon=$!
has up 'wireguard_peer_session_up{netns="a".* 1$' 30000
page | emit metrics.start
child() { cat /proc/$daemon/task/*/children | tr ' ' '\n' | grep .; }
child | emit children
cat /proc/$daemon/status | emit status.parent
cat /proc/$(child | head -1)/status | emit status.child
spare=$(cat /proc/$(child | head -1)/task/*/children)
memscan /tmp/patterns $daemon $(child) $spare > /tmp/scan
echo $? | emit scan.status
emit scan < /tmp/scan
emit patterns < /tmp/patterns
cat /var/lib/wgaudit/state.db* | emit files.state
cat /tmp/events/audit-* | emit files.events

# kill -9 of the child, again and again.
for round in 1 2 3 4 5; do
  kill -9 $(child | head -1)
  sleep 1.2
  page | emit metrics.killed.$round
done
grep -c 'collector process died' /tmp/log | emit killed.said

# A rogue peer in a, without and then with the daemon's answer.
rogue=$(wg genkey | wg pubkey)
ip netns exec a wg set wg0 peer "$rogue" allowed-ips 10.66.0.0/16
has rogue.opened "wgaudit_finding{rule=\"unknown_key\".*$rogue" 5000
ip netns exec a wg set wg0 peer "$rogue" remove
hasnt rogue.peer "wireguard_peer_info.*$rogue" 5000
hasnt rogue.closed "wgaudit_finding{.*$rogue" 20000
ip netns exec a wg set wg0 peer "$key_of_b" allowed-ips 10.9.0.2/32,10.67.0.0/16
has excess.opened 'wgaudit_finding{rule="allowed_ips_excess".*10.67.0.0/16' 5000

# `wg setconf` in a loop is never the same set twice: no peer of it may be said to have gone.
kill -TERM $daemon
wait $daemon
ip link add wg7 type wireguard
wg setconf wg7 /configs/many || exit 12
ip link set wg7 up
wgaudit serve --collector.interval 1s --inventory.file /configs/inventory.json --gateway.name gw1 \
  --state.directory /tmp/state2 \
  > /tmp/out2 2> /tmp/log2 &
daemon=$!
has loop.up 'wireguard_interface_peers{netns="",interface="wg7"} 800' 60000
end=$(($(now_ms) + 20000))
while [ "$(now_ms)" -lt $end ]; do
  wg setconf wg7 /configs/many
  page > /tmp/page
  echo "$(grep '^wireguard_interface_peers' /tmp/page | cut -d' ' -f2) $(grep -c '^wgaudit_finding{' /tmp/page)"
done | emit loop.pages
emit loop.log < /tmp/log2
has loop.settled 'wireguard_interface_peers{netns="",interface="wg7"} 800' 20000
page | emit loop.end
kill -TERM $daemon
wait $daemon

# What is deleted is gone at the next poll, and not held up.
wgaudit serve --collector.netns all --collector.interval 1s --inventory.file /tmp/inventory.json \
  --gateway.name gw1 > /tmp/out3 2> /tmp/log3 &
daemon=$!
has gone.up 'wireguard_interface_up{netns="b",interface="wg0"}' 30000
ip -n b link del wg0
hasnt gone.interface 'interface="wg0".*netns="b"\|wireguard_interface_up{netns="b"' 5000
ip netns del a
hasnt gone.netns '^wireguard_.*netns="a"' 5000
kill -TERM $daemon
wait $daemon
cat /tmp/log /tmp/log2 /tmp/log3 /tmp/out /tmp/out2 /tmp/out3 | emit logs
exit 0
