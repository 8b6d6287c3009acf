# What a poll of 10,000 idle peers costs beside a floor program that only dumps and walks.
. /guest.sh
ip link add wg0 type wireguard
wg setconf wg0 /configs/many || exit 10
ip link set wg0 up
floor wg0 5 > /dev/null  # warm
for round in 1 2 3; do
  floor wg0 15
  poll 15
done | emit figures
