# Devices of every shape, then the same moment as `wg show all dump` and as we see it. Nothing may
# change between the three: repeated until the dumps before and after agree.
. /guest.sh

index=0
while IFS= read -r name; do
  ip link add "$name" type wireguard || exit 10
  [ -s "/configs/$index" ] && { wg setconf "$name" "/configs/$index" || exit 11; }
  index=$((index + 1))
done < /configs/names
ip link set "$(head -1 /configs/names)" up mtu 1400

handshake
ip -n a link set va down  # no keepalive shall move a counter while we compare

dump_all() {
  wg show all dump > "$1/own"
  ip netns exec a wg show all dump > "$1/a"
  ip netns exec b wg show all dump > "$1/b"
}

mkdir /tmp/before /tmp/after
for attempt in 1 2 3 4 5; do
  dump_all /tmp/before
  observe show all > /tmp/observed
  if [ -x /programs/wgaudit ]; then
    timeout 60 wgaudit report --collector.netns all --format json > /tmp/report 2> /tmp/report.stderr
    echo $? > /tmp/report.status
    timeout 60 wgaudit metrics --collector.netns all --metrics.peer-details > /tmp/metrics 2> /tmp/metrics.stderr
    echo $? > /tmp/metrics.status
  fi
  dump_all /tmp/after
  cmp -s /tmp/before/own /tmp/after/own && cmp -s /tmp/before/a /tmp/after/a &&
    cmp -s /tmp/before/b /tmp/after/b && break
done
for netns in own a b; do emit "dump.$netns" < /tmp/before/$netns; done
ip -j -s -d link show type wireguard | emit links.own
for netns in a b; do ip -n $netns -j -s -d link show type wireguard | emit links.$netns; done
emit observed < /tmp/observed
for file in report report.stderr report.status metrics metrics.stderr metrics.status; do
  [ -e /tmp/$file ] && emit $file < /tmp/$file
done
exit 0
