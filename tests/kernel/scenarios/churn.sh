# Peers come and go while polls run without pause. 2,000 peers stay as they are; one more, with one
# prefix, is added and removed in a loop; then the whole configuration is set again and again.
. /guest.sh
ip link add wg0 type wireguard
wg setconf wg0 /configs/stable || exit 10
extra=$(wg genkey | wg pubkey)

# Polls for 25 seconds, and on until there are 20: on a slow machine one takes two seconds.
watch_one_peer() {
  : > /tmp/one_peer
  until [ "$(wc -l < /tmp/one_peer)" -ge 20 ]; do observe watch 25 >> /tmp/one_peer || return; done
}
watch_one_peer &
watcher=$!
while kill -0 $watcher 2> /dev/null; do
  wg set wg0 peer "$extra" allowed-ips 192.168.0.1/32
  wg set wg0 peer "$extra" remove
done
wait $watcher || exit 11
emit one_peer < /tmp/one_peer

observe watch 15 > /tmp/setconf &
watcher=$!
rounds=0
while kill -0 $watcher 2> /dev/null; do
  wg setconf wg0 /configs/stable
  rounds=$((rounds + 1))
done
wait $watcher || exit 12
emit setconf < /tmp/setconf
echo $rounds | emit rounds

wg show all dump | emit dump
observe show | emit observed
exit 0
