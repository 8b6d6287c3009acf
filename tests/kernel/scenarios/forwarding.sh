# Forwarding and filters of a real kernel, in the namespaces of their interfaces: a is the gateway
# between b (by tunnel) and c (by cable). What is reported is held against what really passes.
. /guest.sh

# opens NAME SUBJECT LIMIT, closes NAME SUBJECT LIMIT: milliseconds until a's finding is (not) there.
finding() { page | grep -q "wgaudit_finding{rule=\"forwarding_open\".*netns=\"a\".*subject=\"$1\"\|wgaudit_finding{.*netns=\"a\".*rule=\"forwarding_open\".*subject=\"$1\""; }
until_it() {
  local name=$1 limit=$2 begun
  shift 2
  begun=$(now_ms)
  until "$@"; do
    [ $(($(now_ms) - begun)) -gt "$limit" ] && { echo timeout | emit "$name"; return 1; }
    sleep 0.2
  done
  echo $(($(now_ms) - begun)) | emit "$name"
}
no_finding() { ! finding "$1"; }
in_a() { ip netns exec a "$@"; }
# set_a NAME VALUE: a setting of namespace a.
set_a() { in_a bash -c "echo $2 > /proc/sys/net/$1"; }
passes() { ip netns exec b ping -c 1 -w 1 "$1" > /dev/null 2>&1 && echo yes || echo no; }
# step NAME: what is reported now, and what passes from b to c.
step() {
  wgaudit report --config.file /tmp/on.yml --collector.netns all --format json > /tmp/report.json 2>&1
  emit "$1.report" < /tmp/report.json
  echo "$(passes 198.51.100.2) $(passes fd00:c::2)" | emit "$1.passes"
}
load() { for module in "$@"; do insmod "/modules/$module.ko" || exit 11; done; }
rules() { in_a nft -f - || exit 12; }

# Whatever the kernel wants to load is written down.
cat > /sbin/modprobe <<'SH'
#!/bin/busybox sh
echo "$@" >> /tmp/modprobe
SH
chmod 755 /sbin/modprobe
: > /tmp/modprobe

handshake
ip netns add c
ip link add vc netns a type veth peer name vd netns c
ip -n a addr add 198.51.100.1/24 dev vc
ip -n c addr add 198.51.100.2/24 dev vd
ip -n a addr add fd00:c::1/64 dev vc nodad
ip -n c addr add fd00:c::2/64 dev vd nodad
ip -n a addr add fd00:9::1/64 dev wg0
ip -n b addr add fd00:9::2/64 dev wg0
ip -n a link set vc up
ip -n c link set vd up
ip -n c route add default via 198.51.100.1
ip -n c route add default via fd00:c::1
ip -n b route add 198.51.100.0/24 dev wg0
ip -n b route add fd00:c::/64 dev wg0
ip netns exec b wg set wg0 peer "$(wg pubkey < /tmp/ka)" allowed-ips 10.9.0.1/32,fd00:9::1/128,198.51.100.0/24,fd00:c::/64
sleep 1

cat > /tmp/on.yml <<'YML'
rules: {forwarding_open: {enabled: true}}
YML
echo '{}' > /tmp/off.yml
chmod 644 /tmp/on.yml

# Nothing is loaded, and nothing must be.
: > /tmp/modprobe
step unloaded.off
set_a ipv4/ip_forward 1
step unloaded.ipv4
for mode in off on; do
  strace -f -xx -s 65536 -e trace=openat,socket -o /tmp/strace.$mode \
    wgaudit report --config.file /tmp/$mode.yml --collector.netns all > /dev/null 2>&1
  grep -v '"\\x2f\(lib\|etc\|usr\)' /tmp/strace.$mode | emit strace.$mode
done
emit modprobe < /tmp/modprobe
emit modules.before < /proc/modules
nft list tables > /dev/null 2>&1
emit modprobe.nft < /tmp/modprobe

# Settings of the interface and of all, by family.
set_a ipv4/conf/wg0/forwarding 0
step ipv4.wg0.off
set_a ipv4/conf/wg0/forwarding 1
set_a ipv6/conf/wg0/forwarding 1
step ipv6.wg0.alone
set_a ipv6/conf/all/forwarding 1
set_a ipv6/conf/wg0/forwarding 0
step ipv6.all

load libcrc32c nfnetlink nf_tables nf_reject_ipv4 nf_reject_ipv6 nft_reject nft_reject_inet nft_reject_ipv6
step loaded.empty
rules <<'NFT'
table inet f { chain forward { type filter hook forward priority 0; policy drop; }; }
NFT
step policy.drop
strace -f -xx -s 65536 -e trace=recvmsg -o /tmp/strace.recv \
  wgaudit report --config.file /tmp/on.yml --collector.netns all > /dev/null 2>&1
emit strace.recv < /tmp/strace.recv
rules <<'NFT'
flush ruleset
table ip f { chain forward { type filter hook forward priority 0; policy drop; }; }
NFT
step ip.alone
rules <<'NFT'
flush ruleset
table ip6 f { chain x { type filter hook forward priority 0; counter reject; }; }
NFT
step ip6.reject
rules <<'NFT'
flush ruleset
table inet f {
  chain end { iifname "nosuch" accept; counter drop; }
  chain forward { type filter hook forward priority 0; iifname "vc" accept; jump end; }
}
NFT
step jump
rules <<'NFT'
flush ruleset
table inet f { chain forward { type filter hook forward priority 0; iifname "nosuch" drop; }; }
NFT
step conditional
rules <<'NFT'
flush ruleset
table inet f {
  chain input {
    type filter hook input priority 0; policy drop;
    meta l4proto 17 accept; meta l4proto 58 accept;
  }
  chain forward { type filter hook forward priority 0; policy drop; counter accept; }
}
NFT
step accept.first
rules <<'NFT'
flush ruleset
table inet f { flags dormant; chain forward { type filter hook forward priority 0; policy drop; }; }
NFT
step dormant
in_a nft flush ruleset

# Over time.
serve() {
  wgaudit serve --config.file /tmp/on.yml --collector.netns all --collector.interval 1s \
    --collector.settle 5s --state.directory /tmp/state --events.directory /tmp/events \
    > /tmp/out 2>> /tmp/log &
  daemon=$!
}
stop() {
  kill -TERM $daemon
  wait $daemon
}
serve
until_it time.opened 30000 finding ipv4
page | emit page.open
in_a nft -f - <<'NFT'
table inet f { chain forward { type filter hook forward priority 0; policy drop; }; }
NFT
until_it time.closed 5000 no_finding ipv4
# The rules are loaded again and again, as a whole and with a moment without any.
cat > /tmp/atomic.nft <<'NFT'
flush ruleset
table inet f { chain forward { type filter hook forward priority 0; policy drop; }; }
NFT
for round in $(seq 12); do
  in_a nft -f /tmp/atomic.nft || exit 13
  in_a nft flush ruleset
  in_a nft -f /tmp/atomic.nft || exit 13
  page | grep -c 'wgaudit_finding{.*forwarding_open'
done | emit reloads
in_a nft flush ruleset
until_it time.settled 20000 finding ipv4
stop
serve
until_it time.restarted 30000 finding ipv4

# Legacy iptables: what is open stays so, unjudged, and that is said.
grep -c 'cannot judge' /tmp/log | emit said.before
load x_tables ip_tables
step legacy.no.table
setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps +net_admin,+sys_admin \
  --ambient-caps +net_admin,+sys_admin wgaudit report --config.file /tmp/on.yml \
  --collector.netns all --format json > /tmp/user.json 2> /tmp/user.err
emit legacy.user.report < /tmp/user.json
emit legacy.user.err < /tmp/user.err
insmod /modules/iptable_filter.ko forward=0 || exit 14
step legacy.table
sleep 3
page | emit page.legacy
in_a nft -f /tmp/atomic.nft
until_it time.legacy.closed 5000 no_finding ipv4
stop
emit log < /tmp/log
cat /tmp/events/audit-* | emit events
emit modules.after < /proc/modules
exit 0
