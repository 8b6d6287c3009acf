#include "tests/codec/event_examples.hpp"

#include <utility>

#include "tests/support/builders.hpp"

namespace wgaudit::test {
namespace {

using Texts = std::vector<std::string>;

Event about(Action action, std::vector<Fact> facts) {
  Event event = make_event(action, wall("2026-11-22T16:00:00.120Z"));
  event.observed_after = wall("2026-11-22T15:59:55.118Z");
  event.facts = std::move(facts);
  return event;
}

Event about_interface(Action action, std::vector<Fact> facts) {
  Event event = about(action, std::move(facts));
  event.interface = "wg0";
  return event;
}

const std::vector<Fact> kAlice = {{Field::principal_name, "alice"},
                                  {Field::principal_kind, "user"},
                                  {Field::principal_device, "alice-laptop"},
                                  {Field::principal_role, "staff"},
                                  {Field::principal_status, "active"}};

Event about_peer(Action action, std::vector<Fact> facts) {
  Event event = about_interface(action, std::move(facts));
  event.public_key = key("alice");
  event.facts.insert(event.facts.end(), kAlice.begin(), kAlice.end());
  return event;
}

Event finding(Action action, std::string rule, std::vector<Fact> facts) {
  Event event = about_peer(action, std::move(facts));
  event.severity = Severity::high;
  event.facts.push_back({Field::rule_name, std::move(rule)});
  event.facts.push_back({Field::finding_since, wall("2026-11-22T16:00:00.120Z")});
  event.facts.push_back({Field::finding_severity, "high"});
  event.facts.push_back({Field::finding_detail, "revoked at 2026-11-20, still configured"});
  return event;
}

std::vector<Event> of_the_program() {
  Event started = about(Action::exporter_started, {{Field::clean_shutdown, false},
                                                   {Field::down_seconds, std::int64_t{3600}}});
  started.observed_after.reset();
  Event baseline = about(Action::baseline_established, {{Field::event_reason, "first_run"}});
  baseline.observed_after.reset();
  return {started, about(Action::exporter_stopped, {{Field::event_reason, "signal TERM"}}),
          about(Action::heartbeat, {{Field::last_sequence, std::int64_t{1041}}}), baseline,
          about_peer(Action::state_snapshot,
                     {{Field::snapshot_initial, true},
                      {Field::peer_allowed_ips, Texts{"10.10.0.7/32", "fd00::7/128"}},
                      {Field::peer_preshared_key_set, true},
                      {Field::peer_persistent_keepalive_seconds, std::int64_t{25}},
                      {Field::peer_last_handshake, wall("2026-11-22T15:58:01Z")},
                      {Field::peer_session_up, true},
                      {Field::open_findings, Texts{"revoked_key"}}})};
}

std::vector<Event> of_the_inventory() {
  Event rejected = about(Action::inventory_rejected,
                         {{Field::inventory_path, "/etc/wgaudit/inventory.json"},
                          {Field::inventory_sha256, std::string(64, 'b')},
                          {Field::inventory_problems,
                           Texts{"inventory.json: /peers/3/status: is none of active, revoked"}},
                          {Field::inventory_problem_count, std::int64_t{1}}});
  Event added = about_peer(Action::inventory_record_added,
                           {{Field::after_status, "active"},
                            {Field::after_allowed_ips, Texts{"10.10.0.7/32"}},
                            {Field::after_at, Texts{"gw1/wg0"}},
                            {Field::after_expires_at, wall("2027-01-01T00:00:00Z")}});
  Event removed = about_peer(Action::inventory_record_removed, {{Field::before_status, "revoked"}});
  Event changed = about_peer(Action::inventory_record_changed,
                             {{Field::before_status, "active"},
                              {Field::before_role, "staff"},
                              {Field::after_status, "revoked"},
                              {Field::after_role, ""},
                              {Field::after_revoked_at, wall("2026-11-22T16:00:00Z")}});
  for (Event* record : {&added, &removed, &changed}) record->interface.clear();
  return {about(Action::inventory_loaded, {{Field::inventory_path, "/etc/wgaudit/inventory.json"},
                                           {Field::inventory_sha256, std::string(64, 'a')},
                                           {Field::inventory_records, std::int64_t{57}},
                                           {Field::inventory_records_added, std::int64_t{1}},
                                           {Field::inventory_records_removed, std::int64_t{0}},
                                           {Field::inventory_records_changed, std::int64_t{2}}}),
          rejected, added, removed, changed};
}

std::vector<Event> of_the_configuration() {
  Event moved =
      about_interface(Action::interface_changed, {{Field::interface_renamed, true},
                                                  {Field::before_interface_name, "wg1"},
                                                  {Field::before_interface_netns, ""},
                                                  {Field::after_interface_name, "wg0"},
                                                  {Field::after_interface_netns, "blue"}});
  moved.netns = "blue";
  return {
      about_interface(Action::interface_added,
                      {{Field::interface_public_key, to_string(key("wg0"))},
                       {Field::interface_listen_port, std::int64_t{51820}},
                       {Field::interface_peers, std::int64_t{3}}}),
      about_interface(Action::interface_removed, {{Field::interface_peers, std::int64_t{1}}}),
      moved,
      about_peer(Action::peer_added, {{Field::peer_allowed_ips, Texts{"10.10.0.7/32"}},
                                      {Field::peer_preshared_key_set, true}}),
      about_peer(Action::peer_removed, {{Field::detected_at_start, true}}),
      about_peer(Action::peer_changed,
                 {{Field::before_allowed_ips, Texts{"10.10.0.7/32"}},
                  {Field::before_preshared_key_set, true},
                  {Field::after_allowed_ips, Texts{"10.10.0.7/32", "10.20.0.0/16"}},
                  {Field::after_preshared_key_set, false},
                  {Field::allowed_ips_added, Texts{"10.20.0.0/16"}},
                  {Field::allowed_ips_removed, Texts{}}}),
      about_peer(Action::allowed_ips_moved, {{Field::moved_allowed_ips, Texts{"10.10.0.7/32"}},
                                             {Field::moved_from_public_key, to_string(key("bob"))},
                                             {Field::moved_from_principal, "bob"}}),
      about_peer(Action::key_rotated,
                 {{Field::rotation_previous_key, to_string(key("alice before"))},
                  {Field::rotation_added_id, EventRef{14}},
                  {Field::rotation_removed_id, EventRef{15}}})};
}

std::vector<Event> of_sessions() {
  return {
      about_peer(Action::session_started,
                 {{Field::session_id, SessionRef{7}},
                  {Field::session_idle_before_seconds, std::int64_t{86400}},
                  {Field::event_start, wall("2026-11-22T15:59:58.901Z")},
                  {Field::source_ip, "198.51.100.23"},
                  {Field::source_port, std::int64_t{51333}}}),
      about_peer(Action::session_ended, {{Field::session_id, SessionRef{7}},
                                         {Field::session_unobserved_seconds, std::int64_t{12}},
                                         {Field::event_reason, "handshake_timeout"},
                                         {Field::event_start, wall("2026-11-22T15:00:00Z")},
                                         {Field::event_end, wall("2026-11-22T15:57:00Z")},
                                         {Field::event_duration, std::int64_t{3'420'000'000'000}},
                                         {Field::source_ip, "2001:db8::17"},
                                         {Field::source_port, std::int64_t{51333}},
                                         {Field::source_bytes, std::int64_t{123456789012}},
                                         {Field::destination_bytes, std::int64_t{42}}}),
      about_peer(Action::endpoint_changed, {{Field::session_id, SessionRef{7}},
                                            {Field::endpoint_previous_ip, "198.51.100.23"},
                                            {Field::endpoint_previous_port, std::int64_t{51333}},
                                            {Field::source_ip, "192.0.2.44"},
                                            {Field::source_port, std::int64_t{60211}}})};
}

std::vector<Event> of_findings() {
  Event unknown = finding(Action::finding_changed, "unknown_key", {});
  unknown.public_key = key("mallory");
  std::erase_if(unknown.facts, [](const Fact& fact) {
    return fact.field >= Field::principal_name && fact.field <= Field::principal_owner;
  });
  unknown.facts.push_back({Field::principal_name, "unknown:" + short_form(key("mallory"))});
  unknown.facts.push_back({Field::principal_status, "unknown"});
  unknown.facts.push_back({Field::before_severity, "low"});
  return {finding(Action::finding_opened, "revoked_key", {}), unknown,
          finding(Action::finding_closed, "allowed_ips_excess",
                  {{Field::event_reason, "cause_gone"}, {Field::finding_subject, "10.20.0.0/16"}}),
          about_interface(Action::finding_burst, {{Field::rule_name, "missing_peer"},
                                                  {Field::finding_count, std::int64_t{4000}}})};
}

std::vector<Event> of_the_outbox() {
  return {
      about_peer(Action::events_suppressed,
                 {{Field::suppressed_session_started, std::int64_t{3}},
                  {Field::suppressed_session_ended, std::int64_t{2}},
                  {Field::suppressed_endpoint_changed, std::int64_t{0}},
                  {Field::suppressed_first, wall("2026-11-22T15:50:00Z")},
                  {Field::suppressed_last, wall("2026-11-22T15:55:00Z")}}),
      about(Action::events_lost, {{Field::lost_first, std::int64_t{1}},
                                  {Field::lost_last, std::int64_t{900}},
                                  {Field::lost_sinks, Texts{"http", "syslog"}}}),
      about(Action::clock_stepped, {{Field::clock_step_milliseconds, std::int64_t{-3'600'250}}}),
      about(Action::segment_opened, {{Field::segment_name, "audit-20261122T160000Z-1042.jsonl"},
                                     {Field::segment_first_sequence, std::int64_t{1042}},
                                     {Field::segment_previous, "audit-20261121T160000Z-1.jsonl"},
                                     {Field::segment_torn_bytes, std::int64_t{17}},
                                     {Field::segment_torn_hash, std::string(64, 'c')},
                                     {Field::segment_repeats, true}})};
}

Value value_of(FieldType type, std::size_t text_bytes, std::size_t entries) {
  switch (type) {
    case FieldType::keyword:
    case FieldType::ip:
      return std::string(text_bytes, '\x01');
    case FieldType::keywords:
    case FieldType::ips:
      return Texts(entries, std::string(text_bytes, '\x01'));
    case FieldType::number:
      return std::int64_t{-9'000'000'000'000'000'000};
    case FieldType::boolean:
      return false;
    case FieldType::date:
      return wall("2026-11-22T16:00:00.120Z");
    case FieldType::event_id:
      return EventRef{1};
    case FieldType::session_id:
      return SessionRef{1};
  }
  return false;
}

}  // namespace

EventOrigin example_origin() {
  return {"gw1", "gw1.example.net", "5b1a7b6c0d6c4c2e9f0f9b4e9a4a2c11", "1.0.0"};
}

std::vector<Event> example_events() {
  std::vector<Event> events;
  for (auto* group : {of_the_program, of_the_inventory, of_the_configuration, of_sessions,
                      of_findings, of_the_outbox}) {
    for (Event& event : group()) events.push_back(std::move(event));
  }
  for (std::size_t i = 0; i + 1 < events.size(); ++i) events[i].sequence = i + 1;
  return events;
}

std::vector<Event> hostile_events() {
  Texts before, after;
  for (int i = 0; i < 65'535; ++i) {
    const std::string tail = std::to_string(i / 256) + '.' + std::to_string(i % 256) + "/32";
    before.push_back("10.1." + tail);
    after.push_back("10.2." + tail);
  }
  Event many = about_peer(Action::peer_changed, {{Field::before_allowed_ips, before},
                                                 {Field::after_allowed_ips, after},
                                                 {Field::allowed_ips_added, after},
                                                 {Field::allowed_ips_removed, before}});
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  const std::string odd = "\"\\\xe2\x80\xa8\xe2\x80\xa9\xc2\x85\xc3\xa9\xf0\x9f\x98\x80";
  std::vector<Event> events = {many};
  for (const std::string& name :
       {std::string(10'000, 'x'), std::string(10'000, '\x01'), std::string(10'000, '\xff'),
        std::string(10'000, '"'), bytes, odd, odd + odd + std::string(1'020, 'y') + odd}) {
    Event event = about_peer(Action::finding_opened, {});
    event.facts = {{Field::principal_name, name},
                   {Field::principal_device, name},
                   {Field::principal_status, "active"},
                   {Field::rule_name, "unknown_key"},
                   {Field::finding_since, wall("2026-11-22T16:00:00.120Z")},
                   {Field::finding_subject, name},
                   {Field::finding_detail, name},
                   {Field::before_at, Texts(100, name)}};
    event.interface = name;
    event.netns = name;
    events.push_back(std::move(event));
  }
  for (std::size_t i = 0; i < events.size(); ++i) events[i].sequence = i + 1;
  return events;
}

Event event_of_all_fields(std::size_t text_bytes, std::size_t entries) {
  Event event = about_peer(Action::finding_opened, {});
  event.sequence = ~std::uint64_t{0} >> 1U;
  event.netns = std::string(text_bytes, '\x01');
  event.facts.clear();
  for (const FieldInfo& field : fields()) {
    if (field.field == Field::rule_name) {
      event.facts.push_back({field.field, "unknown_key"});
    } else {
      event.facts.push_back({field.field, value_of(field.type, text_bytes, entries)});
    }
  }
  return event;
}

}  // namespace wgaudit::test
