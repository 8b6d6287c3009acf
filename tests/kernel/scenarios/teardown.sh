# A device and a namespace are deleted while they are polled without pause.
. /guest.sh
make_device() {
  ip link add wgbig type wireguard
  wg setconf wgbig /configs/big || exit 10
}
timed_delete() {
  local begun
  begun=$(now_ms)
  ip link del wgbig
  echo $(($(now_ms) - begun))
}
make_device
timed_delete | emit delete_alone_ms

handshake
make_device
observe watch 600 all > /tmp/watched &
watcher=$!
sleep 3
timed_delete | emit delete_watched_ms

ip netns exec b ping -c 2 -w 5 10.9.0.1 > /dev/null
echo $? | emit ping_before.status
begun=$(now_ms)
ip netns del a
# The other end of the cable goes when the namespace really ends, not when its name does.
while ip -n b link show vb > /dev/null 2>&1 && [ $(($(now_ms) - begun)) -lt 20000 ]; do
  sleep 0.1
done
echo $(($(now_ms) - begun)) | emit netns_gone_ms
ip netns exec b ping -c 2 -w 4 10.9.0.1 > /dev/null
echo $? | emit ping_after.status
lines=$(wc -l < /tmp/watched)
sleep 2
tail -n +$((lines + 2)) /tmp/watched | emit watched_after
kill $watcher
exit 0
