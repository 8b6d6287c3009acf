-- Generated from ../sigma/*.yml by ../generate.py. Needs schema.sql; may be run again.
--
-- One view for each rule, and wgaudit_alerts over all that alert:
--   SELECT at, level, title, event ->> 'message' FROM wgaudit_alerts ORDER BY at DESC LIMIT 50;

-- WireGuard Peer With More Allowed IPs Than Granted
CREATE OR REPLACE VIEW sigma_wireguard_allowed_ips_excess AS
  SELECT id, at, installation, sequence, event FROM wgaudit_events
  WHERE event @? '$."event"."action" ? (@ like_regex "^finding-opened$" flag "is")'
    AND event @? '$."rule"."name" ? (@ like_regex "^allowed_ips_excess$" flag "is")';

-- WireGuard Prefix Taken From Another Peer
CREATE OR REPLACE VIEW sigma_wireguard_allowed_ips_moved AS
  SELECT id, at, installation, sequence, event FROM wgaudit_events
  WHERE event @? '$."event"."action" ? (@ like_regex "^allowed-ips-moved$" flag "is")'
    AND event @? '$."event"."kind" ? (@ like_regex "^alert$" flag "is")';

-- WireGuard Audit Killed
CREATE OR REPLACE VIEW sigma_wireguard_audit_killed AS
  SELECT id, at, installation, sequence, event FROM wgaudit_events
  WHERE event @? '$."event"."action" ? (@ like_regex "^exporter-started$" flag "is")'
    AND event @? '$."wireguard"."audit"."clean_shutdown" ? (@ == false)';

-- WireGuard Audit Trail Broken
CREATE OR REPLACE VIEW sigma_wireguard_audit_trail_broken AS
  SELECT id, at, installation, sequence, event FROM wgaudit_events
  WHERE (event @? '$."event"."action" ? (@ like_regex "^events-lost$" flag "is")' OR (event @? '$."event"."action" ? (@ like_regex "^baseline-established$" flag "is")' AND event @? '$."event"."reason" ? (@ like_regex "^state_.*$" flag "is")'));

-- WireGuard Changed While Not Observed
CREATE OR REPLACE VIEW sigma_wireguard_changed_unobserved AS
  SELECT id, at, installation, sequence, event FROM wgaudit_events
  WHERE event @? '$."event"."action" ? (@ like_regex "^peer-added$" flag "is" || @ like_regex "^peer-changed$" flag "is" || @ like_regex "^interface-added$" flag "is" || @ like_regex "^interface-changed$" flag "is")'
    AND event @? '$."wireguard"."audit"."detected_at_start" ? (@ == true)';

-- WireGuard Gateway Clock Stepped
CREATE OR REPLACE VIEW sigma_wireguard_clock_stepped AS
  SELECT id, at, installation, sequence, event FROM wgaudit_events
  WHERE event @? '$."event"."action" ? (@ like_regex "^clock-stepped$" flag "is")'
    AND (event @? '$."wireguard"."audit"."clock_step_milliseconds" ? (@ >= 60000)' OR event @? '$."wireguard"."audit"."clock_step_milliseconds" ? (@ <= -60000)');

-- WireGuard Peer Given A Default Route
CREATE OR REPLACE VIEW sigma_wireguard_default_route AS
  SELECT id, at, installation, sequence, event FROM wgaudit_events
  WHERE ((event @? '$."event"."action" ? (@ like_regex "^peer-added$" flag "is")' AND event @? '$."wireguard"."peer"."allowed_ips" ? (@ like_regex "^0\\.0\\.0\\.0/0$" flag "is" || @ like_regex "^0\\.0\\.0\\.0/1$" flag "is" || @ like_regex "^128\\.0\\.0\\.0/1$" flag "is" || @ like_regex "^::/0$" flag "is" || @ like_regex "^::/1$" flag "is" || @ like_regex "^8000::/1$" flag "is")') OR (event @? '$."event"."action" ? (@ like_regex "^peer-changed$" flag "is")' AND event @? '$."wireguard"."allowed_ips"."added" ? (@ like_regex "^0\\.0\\.0\\.0/0$" flag "is" || @ like_regex "^0\\.0\\.0\\.0/1$" flag "is" || @ like_regex "^128\\.0\\.0\\.0/1$" flag "is" || @ like_regex "^::/0$" flag "is" || @ like_regex "^::/1$" flag "is" || @ like_regex "^8000::/1$" flag "is")'))
    AND NOT event @? '$."wireguard"."principal"."kind" ? (@ like_regex "^gateway$" flag "is")';

-- WireGuard Endpoint Changed
CREATE OR REPLACE VIEW sigma_wireguard_endpoint_changed AS
  SELECT id, at, installation, sequence, event FROM wgaudit_events
  WHERE event @? '$."event"."action" ? (@ like_regex "^endpoint-changed$" flag "is")';

-- WireGuard Endpoint Flapping
CREATE OR REPLACE VIEW sigma_wireguard_endpoint_flapping AS
  WITH parts AS (
    SELECT 0 AS part, id, at, installation, sequence, event, jsonb_build_array(event #> '{wireguard,peer,key_sha256}') AS grouped
    FROM sigma_wireguard_endpoint_changed WHERE event @? '$."wireguard"."peer"."key_sha256"[*]'
  ), counted AS (
    SELECT *, count(*) OVER (PARTITION BY grouped ORDER BY at
      RANGE BETWEEN '600 seconds' PRECEDING AND CURRENT ROW) AS number FROM parts
  ), crossed AS (
    SELECT *, lag(number, 1, 0::bigint) OVER (PARTITION BY grouped ORDER BY at, sequence) AS before
    FROM counted
  )
  SELECT id, at, installation, sequence, event FROM crossed WHERE before < 6 AND number >= 6;

-- WireGuard Session With Forbidden Key
CREATE OR REPLACE VIEW sigma_wireguard_forbidden_session AS
  SELECT id, at, installation, sequence, event FROM wgaudit_events
  WHERE event @? '$."event"."action" ? (@ like_regex "^finding-opened$" flag "is")'
    AND event @? '$."rule"."name" ? (@ like_regex "^forbidden_session$" flag "is")';

-- WireGuard Interface Key Changed
CREATE OR REPLACE VIEW sigma_wireguard_interface_key_changed AS
  SELECT id, at, installation, sequence, event FROM wgaudit_events
  WHERE (event @? '$."event"."action" ? (@ like_regex "^interface-changed$" flag "is")' AND event @? '$."wireguard"."after"."public_key"[*] ? (@ != null)')
    AND NOT event @? '$."wireguard"."before"."public_key" ? (@ like_regex "^$" flag "is")';

-- WireGuard Inventory Rejected
CREATE OR REPLACE VIEW sigma_wireguard_inventory_rejected AS
  SELECT id, at, installation, sequence, event FROM wgaudit_events
  WHERE event @? '$."event"."action" ? (@ like_regex "^inventory-rejected$" flag "is")';

-- WireGuard Session Through Local Relay
CREATE OR REPLACE VIEW sigma_wireguard_local_relay AS
  SELECT id, at, installation, sequence, event FROM wgaudit_events
  WHERE event @? '$."event"."action" ? (@ like_regex "^session-started$" flag "is" || @ like_regex "^endpoint-changed$" flag "is")'
    AND (EXISTS (SELECT FROM jsonb_path_query(event, '$."source"."ip"[*]') AS value WHERE wgaudit_inet(value #>> '{}') <<= '127.0.0.0/8'::inet) OR EXISTS (SELECT FROM jsonb_path_query(event, '$."source"."ip"[*]') AS value WHERE wgaudit_inet(value #>> '{}') <<= '::1/128'::inet));

-- WireGuard Preshared Key Removed
CREATE OR REPLACE VIEW sigma_wireguard_preshared_key_removed AS
  SELECT id, at, installation, sequence, event FROM wgaudit_events
  WHERE event @? '$."event"."action" ? (@ like_regex "^peer-changed$" flag "is")'
    AND event @? '$."wireguard"."before"."preshared_key_set" ? (@ == true)'
    AND event @? '$."wireguard"."after"."preshared_key_set" ? (@ == false)';

-- WireGuard Key Made Active Again
CREATE OR REPLACE VIEW sigma_wireguard_revocation_withdrawn AS
  SELECT id, at, installation, sequence, event FROM wgaudit_events
  WHERE event @? '$."event"."action" ? (@ like_regex "^inventory-record-changed$" flag "is")'
    AND event @? '$."wireguard"."before"."status" ? (@ like_regex "^revoked$" flag "is" || @ like_regex "^disabled$" flag "is")'
    AND event @? '$."wireguard"."after"."status" ? (@ like_regex "^active$" flag "is")';

-- WireGuard Peer With Revoked Key
CREATE OR REPLACE VIEW sigma_wireguard_revoked_key AS
  SELECT id, at, installation, sequence, event FROM wgaudit_events
  WHERE event @? '$."event"."action" ? (@ like_regex "^finding-opened$" flag "is")'
    AND event @? '$."rule"."name" ? (@ like_regex "^revoked_key$" flag "is")';

-- WireGuard Key In Use On Two Devices
CREATE OR REPLACE VIEW sigma_wireguard_shared_key AS
  SELECT id, at, installation, sequence, event FROM wgaudit_events
  WHERE event @? '$."event"."action" ? (@ like_regex "^finding-opened$" flag "is")'
    AND event @? '$."rule"."name" ? (@ like_regex "^shared_key$" flag "is")';

-- WireGuard Peer Added
CREATE OR REPLACE VIEW sigma_wireguard_peer_added AS
  SELECT id, at, installation, sequence, event FROM wgaudit_events
  WHERE event @? '$."event"."action" ? (@ like_regex "^peer-added$" flag "is")';

-- WireGuard Peer Removed
CREATE OR REPLACE VIEW sigma_wireguard_peer_removed AS
  SELECT id, at, installation, sequence, event FROM wgaudit_events
  WHERE event @? '$."event"."action" ? (@ like_regex "^peer-removed$" flag "is")';

-- WireGuard Peer For A Short Time
CREATE OR REPLACE VIEW sigma_wireguard_short_lived_peer AS
  WITH parts AS (
    SELECT 0 AS part, id, at, installation, sequence, event, jsonb_build_array(event #> '{observer,name}', event #> '{wireguard,interface,name}', event #> '{wireguard,peer,key_sha256}') AS grouped
    FROM sigma_wireguard_peer_added WHERE event @? '$."observer"."name"[*]' AND event @? '$."wireguard"."interface"."name"[*]' AND event @? '$."wireguard"."peer"."key_sha256"[*]'
    UNION ALL
    SELECT 1 AS part, id, at, installation, sequence, event, jsonb_build_array(event #> '{observer,name}', event #> '{wireguard,interface,name}', event #> '{wireguard,peer,key_sha256}') AS grouped
    FROM sigma_wireguard_peer_removed WHERE event @? '$."observer"."name"[*]' AND event @? '$."wireguard"."interface"."name"[*]' AND event @? '$."wireguard"."peer"."key_sha256"[*]'
  )
  SELECT id, at, installation, sequence, event FROM parts AS p1
  WHERE part = 1 AND EXISTS (
    SELECT FROM parts AS p0
    WHERE p0.part = 0 AND p0.grouped = p1.grouped AND (p0.at, p0.sequence) < (p1.at, p1.sequence)
      AND p1.at - p0.at <= '3600 seconds');

-- WireGuard Peer With Disabled Or Expired Key
CREATE OR REPLACE VIEW sigma_wireguard_suspended_key AS
  SELECT id, at, installation, sequence, event FROM wgaudit_events
  WHERE event @? '$."event"."action" ? (@ like_regex "^finding-opened$" flag "is")'
    AND event @? '$."rule"."name" ? (@ like_regex "^disabled_key$" flag "is" || @ like_regex "^expired_key$" flag "is")';

-- WireGuard Session From Unexpected Network
CREATE OR REPLACE VIEW sigma_wireguard_unexpected_endpoint AS
  SELECT id, at, installation, sequence, event FROM wgaudit_events
  WHERE event @? '$."event"."action" ? (@ like_regex "^finding-opened$" flag "is")'
    AND event @? '$."rule"."name" ? (@ like_regex "^unexpected_endpoint$" flag "is")';

-- WireGuard Peer With Unknown Key
CREATE OR REPLACE VIEW sigma_wireguard_unknown_key AS
  SELECT id, at, installation, sequence, event FROM wgaudit_events
  WHERE (event @? '$."rule"."name" ? (@ like_regex "^unknown_key$" flag "is")' AND event @? '$."wireguard"."principal"."status" ? (@ like_regex "^unknown$" flag "is")')
    AND (event @? '$."event"."action" ? (@ like_regex "^finding-opened$" flag "is")' OR (event @? '$."event"."action" ? (@ like_regex "^finding-changed$" flag "is")' AND event @? '$."wireguard"."before"."severity"[*] ? (@ != null)'));

CREATE OR REPLACE VIEW wgaudit_alerts AS
SELECT 'wireguard_allowed_ips_excess' AS rule, 'ab0a7ee4-9b2d-4306-a1a5-86cd39fd6463' AS rule_id, 'WireGuard Peer With More Allowed IPs Than Granted' AS title,
  'high' AS level, id, at, installation, sequence, event FROM sigma_wireguard_allowed_ips_excess
UNION ALL
SELECT 'wireguard_allowed_ips_moved' AS rule, '25daed65-ed8d-4604-b06d-1e3b3027ac79' AS rule_id, 'WireGuard Prefix Taken From Another Peer' AS title,
  'medium' AS level, id, at, installation, sequence, event FROM sigma_wireguard_allowed_ips_moved
UNION ALL
SELECT 'wireguard_audit_killed' AS rule, 'f9ec0c9b-a84b-4435-99cf-73257fbd2564' AS rule_id, 'WireGuard Audit Killed' AS title,
  'medium' AS level, id, at, installation, sequence, event FROM sigma_wireguard_audit_killed
UNION ALL
SELECT 'wireguard_audit_trail_broken' AS rule, '54b14e6c-ced8-48dc-957f-0d5704b13675' AS rule_id, 'WireGuard Audit Trail Broken' AS title,
  'high' AS level, id, at, installation, sequence, event FROM sigma_wireguard_audit_trail_broken
UNION ALL
SELECT 'wireguard_changed_unobserved' AS rule, '9f984170-e16f-464d-9166-c817850303ab' AS rule_id, 'WireGuard Changed While Not Observed' AS title,
  'medium' AS level, id, at, installation, sequence, event FROM sigma_wireguard_changed_unobserved
UNION ALL
SELECT 'wireguard_clock_stepped' AS rule, 'bea9af0f-3c7d-46a5-abad-0655e0133dde' AS rule_id, 'WireGuard Gateway Clock Stepped' AS title,
  'low' AS level, id, at, installation, sequence, event FROM sigma_wireguard_clock_stepped
UNION ALL
SELECT 'wireguard_default_route' AS rule, 'c964e758-a1b5-4aee-b685-63466971b29e' AS rule_id, 'WireGuard Peer Given A Default Route' AS title,
  'high' AS level, id, at, installation, sequence, event FROM sigma_wireguard_default_route
UNION ALL
SELECT 'wireguard_endpoint_flapping' AS rule, '1b4b6f71-c283-46bb-9513-6e962fa986dd' AS rule_id, 'WireGuard Endpoint Flapping' AS title,
  'medium' AS level, id, at, installation, sequence, event FROM sigma_wireguard_endpoint_flapping
UNION ALL
SELECT 'wireguard_forbidden_session' AS rule, 'd53adc19-0a79-474b-b218-89196663a57f' AS rule_id, 'WireGuard Session With Forbidden Key' AS title,
  'critical' AS level, id, at, installation, sequence, event FROM sigma_wireguard_forbidden_session
UNION ALL
SELECT 'wireguard_interface_key_changed' AS rule, '2e9c6d25-3596-48d7-ab32-24036fe72834' AS rule_id, 'WireGuard Interface Key Changed' AS title,
  'medium' AS level, id, at, installation, sequence, event FROM sigma_wireguard_interface_key_changed
UNION ALL
SELECT 'wireguard_inventory_rejected' AS rule, '49605aaf-9e48-414a-83c1-ac34571a00e9' AS rule_id, 'WireGuard Inventory Rejected' AS title,
  'low' AS level, id, at, installation, sequence, event FROM sigma_wireguard_inventory_rejected
UNION ALL
SELECT 'wireguard_local_relay' AS rule, '0ae9f6ff-ef65-4738-973e-179f4a996603' AS rule_id, 'WireGuard Session Through Local Relay' AS title,
  'low' AS level, id, at, installation, sequence, event FROM sigma_wireguard_local_relay
UNION ALL
SELECT 'wireguard_preshared_key_removed' AS rule, '8291420a-3812-47c5-974a-9aec609eadd0' AS rule_id, 'WireGuard Preshared Key Removed' AS title,
  'medium' AS level, id, at, installation, sequence, event FROM sigma_wireguard_preshared_key_removed
UNION ALL
SELECT 'wireguard_revocation_withdrawn' AS rule, 'e1f563c7-ad28-4765-b98b-584e7ae9d38e' AS rule_id, 'WireGuard Key Made Active Again' AS title,
  'high' AS level, id, at, installation, sequence, event FROM sigma_wireguard_revocation_withdrawn
UNION ALL
SELECT 'wireguard_revoked_key' AS rule, 'f86779f1-6178-4eb7-9014-51eccad300ab' AS rule_id, 'WireGuard Peer With Revoked Key' AS title,
  'high' AS level, id, at, installation, sequence, event FROM sigma_wireguard_revoked_key
UNION ALL
SELECT 'wireguard_shared_key' AS rule, '5a7a6ec1-a075-4dbf-9309-65be32f87b67' AS rule_id, 'WireGuard Key In Use On Two Devices' AS title,
  'high' AS level, id, at, installation, sequence, event FROM sigma_wireguard_shared_key
UNION ALL
SELECT 'wireguard_short_lived_peer' AS rule, '69e18f3d-8a11-4fe6-b65a-b60a5f3251db' AS rule_id, 'WireGuard Peer For A Short Time' AS title,
  'medium' AS level, id, at, installation, sequence, event FROM sigma_wireguard_short_lived_peer
UNION ALL
SELECT 'wireguard_suspended_key' AS rule, 'c6006a9f-3fe6-4802-8462-26225f9edb25' AS rule_id, 'WireGuard Peer With Disabled Or Expired Key' AS title,
  'medium' AS level, id, at, installation, sequence, event FROM sigma_wireguard_suspended_key
UNION ALL
SELECT 'wireguard_unexpected_endpoint' AS rule, '537dc532-b637-4695-8363-a1fc0ee1e6e9' AS rule_id, 'WireGuard Session From Unexpected Network' AS title,
  'medium' AS level, id, at, installation, sequence, event FROM sigma_wireguard_unexpected_endpoint
UNION ALL
SELECT 'wireguard_unknown_key' AS rule, '8d70ce79-8033-4faa-96d2-b2b30b64d7f1' AS rule_id, 'WireGuard Peer With Unknown Key' AS title,
  'high' AS level, id, at, installation, sequence, event FROM sigma_wireguard_unknown_key;
