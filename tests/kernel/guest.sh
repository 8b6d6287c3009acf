# Sourced by every scenario in the guest. The guest only produces output; the host compares.

# emit NAME: standard input becomes the file NAME on the host. Compressed, because the serial line
# is slow; base64 between marks, because names and outputs may hold any byte.
emit() {
  local name=$1
  gzip -1 -c > /tmp/emit.gz
  { echo "@@begin $name"; base64 -w 76 /tmp/emit.gz; echo "@@end $name"; } > /tmp/emit.txt
  cat /tmp/emit.txt
}

# run NAME COMMAND…: its standard output, standard error and exit status as NAME, NAME.stderr,
# NAME.status.
run() {
  local name=$1 status
  shift
  "$@" > /tmp/run.stdout 2> /tmp/run.stderr
  status=$?
  emit "$name" < /tmp/run.stdout
  emit "$name.stderr" < /tmp/run.stderr
  echo $status | emit "$name.status"
}

# Two namespaces a and b joined by a cable, a WireGuard device wg0 in each, and a real handshake.
handshake() {
  ip netns add a
  ip netns add b
  ip link add va netns a type veth peer name vb netns b
  ip -n a addr add 192.0.2.1/24 dev va
  ip -n b addr add 192.0.2.2/24 dev vb
  ip -n a link set va up
  ip -n b link set vb up
  ip -n a link set lo up
  ip -n b link set lo up
  umask 077
  wg genkey > /tmp/ka
  wg genkey > /tmp/kb
  wg genpsk > /tmp/psk
  ip -n a link add wg0 type wireguard
  ip -n b link add wg0 type wireguard
  ip netns exec a wg set wg0 private-key /tmp/ka listen-port 51820 \
    peer "$(wg pubkey < /tmp/kb)" preshared-key /tmp/psk endpoint 192.0.2.2:51820 \
    allowed-ips 10.9.0.2/32,fd00:9::2/128
  ip netns exec b wg set wg0 private-key /tmp/kb listen-port 51820 \
    peer "$(wg pubkey < /tmp/ka)" preshared-key /tmp/psk allowed-ips 10.9.0.1/32,fd00:9::1/128
  ip -n a addr add 10.9.0.1/24 dev wg0
  ip -n b addr add 10.9.0.2/24 dev wg0
  ip -n a link set wg0 up
  ip -n b link set wg0 up
  ip netns exec a ping -c 2 -w 20 10.9.0.2 > /dev/null
}

# The page of /metrics. By bash: the static busybox's wget crashes in its resolver.
page() {
  exec 9<> /dev/tcp/127.0.0.1/9586 || return 1
  printf 'GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&9
  tr -d '\r' <&9 | sed '1,/^$/d'
  exec 9>&-
}

# Milliseconds since boot.
now_ms() {
  local seconds rest
  read -r seconds rest < /proc/uptime
  echo $((10#${seconds/./} * 10))
}

# client NAME NET PRIVATE TUNNEL KEY: a namespace with a cable to a, the gateway, whose public key is
# KEY, and its end of a tunnel.
client() {
  local name=$1 net=$2 private=$3 tunnel=$4 key=$5
  ip netns add "$name"
  ip link add "v$name" netns a type veth peer name eth0 netns "$name"
  ip -n a addr add "$net.1/24" dev "v$name"
  ip -n "$name" addr add "$net.2/24" dev eth0
  ip -n a link set "v$name" up
  ip -n "$name" link set eth0 up
  ip -n "$name" link set lo up
  ip -n "$name" link add wg0 type wireguard
  ip netns exec "$name" wg set wg0 private-key "$private" peer "$key" \
    endpoint "$net.1:51820" allowed-ips 10.9.0.1/32
  ip -n "$name" addr add "$tunnel/32" dev wg0
  ip -n "$name" link set wg0 up
  ip -n "$name" route add 10.9.0.1/32 dev wg0
}

# until_page NAME LIMIT TEST: waits until TEST holds of /tmp/page, then emits it as NAME. What
# came too late is named in /tmp/late.
until_page() {
  local begun
  begun=$(now_ms)
  until page > /tmp/page 2> /tmp/page.error && eval "$3"; do
    if [ $(($(now_ms) - begun)) -gt "$2" ]; then
      echo "$1" >> /tmp/late
      break
    fi
    sleep 0.5
  done
  emit "$1" < /tmp/page
}
