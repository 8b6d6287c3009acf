#!/bin/busybox sh
# PID 1 of the test kernel: file systems, the WireGuard modules, then the scenario.
/bin/busybox mkdir -p /proc /sys /dev /run /tmp /root /var/lib /usr/bin /usr/sbin /sbin
/bin/busybox --install -s /bin 2>/dev/null
for program in ip ping wg bash; do
  [ -e /programs/$program ] && /bin/busybox ln -sf /programs/$program /bin/$program
done
export PATH=/programs:/bin:/sbin:/usr/bin:/usr/sbin HOME=/root
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mount -t tmpfs run /run
mount -t tmpfs tmp /tmp
mkdir -p /run/netns /run/wireguard
ln -sfn /run /var/run
stty -onlcr 2>/dev/null
for module in $(cat /modules/order); do
  insmod /modules/$module || echo "insmod failed: $module"
done
ip link set lo up
echo "guest-up $(cut -d' ' -f1 /proc/uptime)"
/programs/bash /run.sh
echo "guest-status $?"
poweroff -f
