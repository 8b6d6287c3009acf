#!/bin/bash
# cmake --install puts everything where Debian expects it, and the unit is sound and confined.
set -euo pipefail
cd "$(dirname "$0")/../.."
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

DESTDIR=$tmp cmake --install build/release --prefix /usr >/dev/null
missing=0
for file in bin/wgaudit lib/systemd/system/wgaudit.service share/wgaudit/alerts/{wgaudit,exporter,fleet,recording}.rules.yml \
  share/wgaudit/alerts/runbooks/WireGuardUnknownKey.md \
  share/wgaudit/dashboards/{fleet,gateway,principal,security,health}.json \
  share/wgaudit/schema/event.schema.json share/wgaudit/schema/event_ocsf.schema.json \
  share/wgaudit/siem/README.md \
  share/wgaudit/siem/sigma/wireguard_unknown_key.yml share/wgaudit/siem/postgresql/schema.sql \
  share/wgaudit/siem/elasticsearch/logs-wireguard.audit@mappings.json \
  share/wgaudit/siem/pipelines/syslog-ng.conf \
  share/wgaudit/siem/splunk/TA-wgaudit/lookups/wgaudit_actions.csv \
  share/doc/wgaudit/{README,CHANGELOG,SECURITY,EVENTS,METRICS,MIGRATION,PRIVACY,SINKS,VERIFY,WEB}.md \
  share/doc/wgaudit/examples/{inventory.json,wgaudit.yml,prometheus.yml,wgaudit-netns.conf} \
  share/doc/wgaudit/examples/{alertmanager.yml,sinks.yml,wgaudit-signing.conf,wgaudit-sinks.conf,docker/compose.yml,kubernetes/daemonset.yaml}; do
  [ -s "$tmp/usr/$file" ] || { echo "not installed: /usr/$file"; missing=1; }
done
[ "$missing" -eq 0 ]
"$tmp/usr/bin/wgaudit" --version
promtool check rules "$tmp"/usr/share/wgaudit/alerts/*.rules.yml

# verify wants the binary to exist: this is the unit with another path in it.
unit=$tmp/wgaudit.service
grep -q '^ExecStart=/usr/bin/wgaudit serve' "$tmp/usr/lib/systemd/system/wgaudit.service"
sed "s|/usr/bin/wgaudit|$tmp/usr/bin/wgaudit|" "$tmp/usr/lib/systemd/system/wgaudit.service" >"$unit"
cp packaging/examples/wgaudit.socket "$tmp"
said=$(systemd-analyze verify --man=no "$unit" "$tmp/wgaudit.socket" 2>&1) || true
[ -z "$said" ] || { echo "systemd-analyze verify: $said"; exit 1; }
for drop_in in netns signing sinks userspace; do
  mkdir -p "$unit.d" && cp "packaging/wgaudit-$drop_in.conf" "$unit.d/$drop_in.conf"
done
said=$(systemd-analyze verify --man=no "$unit" 2>&1) || true
[ -z "$said" ] || { echo "systemd-analyze verify, with the drop-ins: $said"; exit 1; }
rm -r "$unit.d"
for drop_in in none netns userspace; do
  cp "$unit" "$tmp/scored.service"
  [ "$drop_in" = none ] || cat "packaging/wgaudit-$drop_in.conf" >>"$tmp/scored.service"
  # 20 is an exposure of 2.0; capabilities of a drop-in cost a little.
  threshold=20
  [ "$drop_in" = none ] || threshold=25
  systemd-analyze security --offline=true --threshold="$threshold" "$tmp/scored.service" | tail -n 1
done
