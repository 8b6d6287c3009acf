#include "exporter/codec/event_examples.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "exporter/codec/sha256.hpp"

namespace wgaudit {
namespace {

using namespace std::chrono;
using Texts = std::vector<std::string>;

// The same one for the same name; nobody has its private key.
Key key(std::string_view name) {
  const std::string digest = sha256_hex("wgaudit example " + std::string(name));
  Key key;
  for (std::size_t i = 0; i < key.bytes.size(); ++i) {
    const auto digit = [&](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
    key.bytes[i] = static_cast<std::uint8_t>(digit(digest[2 * i]) * 16 + digit(digest[2 * i + 1]));
  }
  return key;
}

const std::vector<Fact> kAlice = {{Field::principal_name, "alice"},
                                  {Field::principal_kind, "user"},
                                  {Field::principal_device, "alice-laptop"},
                                  {Field::principal_role, "staff"},
                                  {Field::principal_status, "active"}};

class Examples {
 public:
  explicit Examples(WallTime now) : now_(now) {}

  [[nodiscard]] std::vector<Event> all() const {
    std::vector<Event> events;
    for (const auto group :
         {&Examples::of_the_program, &Examples::of_the_inventory, &Examples::of_the_configuration,
          &Examples::of_sessions, &Examples::of_findings, &Examples::of_the_outbox}) {
      for (Event& event : (this->*group)()) events.push_back(std::move(event));
    }
    return events;
  }

 private:
  [[nodiscard]] WallTime before(Duration duration) const { return now_ - duration; }

  Event about(Action action, std::vector<Fact> facts) const {
    Event event = make_event(action, now_);
    event.observed_after = before(milliseconds{5002});
    event.facts = std::move(facts);
    return event;
  }

  Event about_interface(Action action, std::vector<Fact> facts) const {
    Event event = about(action, std::move(facts));
    event.interface = "wg0";
    return event;
  }

  Event about_peer(Action action, std::vector<Fact> facts) const {
    Event event = about_interface(action, std::move(facts));
    event.public_key = key("alice");
    event.facts.insert(event.facts.end(), kAlice.begin(), kAlice.end());
    return event;
  }

  Event finding(Action action, std::string rule, std::vector<Fact> facts) const {
    Event event = about_peer(action, std::move(facts));
    event.severity = Severity::high;
    event.facts.push_back({Field::rule_name, std::move(rule)});
    event.facts.push_back({Field::finding_since, now_});
    event.facts.push_back({Field::finding_severity, "high"});
    event.facts.push_back({Field::finding_detail, "revoked at 2026-11-20, still configured"});
    return event;
  }

  std::vector<Event> of_the_program() const {
    Event started = about(Action::exporter_started, {{Field::clean_shutdown, false},
                                                     {Field::down_seconds, std::int64_t{3600}}});
    started.observed_after.reset();
    Event baseline = about(Action::baseline_established, {{Field::event_reason, "first_run"}});
    baseline.observed_after.reset();
    return {started, about(Action::exporter_stopped, {{Field::event_reason, "signal"}}),
            about(Action::heartbeat, {{Field::last_sequence, std::int64_t{1041}}}), baseline,
            about_peer(Action::state_snapshot,
                       {{Field::snapshot_initial, true},
                        {Field::peer_allowed_ips, Texts{"10.10.0.7/32", "fd00::7/128"}},
                        {Field::peer_preshared_key_set, true},
                        {Field::peer_persistent_keepalive_seconds, std::int64_t{25}},
                        {Field::peer_last_handshake, before(seconds{119})},
                        {Field::peer_session_up, true},
                        {Field::open_findings, Texts{"revoked_key"}},
                        {Field::source_ip, "198.51.100.23"},
                        {Field::source_port, std::int64_t{51333}}})};
  }

  std::vector<Event> of_the_inventory() const {
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
                              {Field::after_expires_at, now_ + std::chrono::days{40}}});
    Event removed =
        about_peer(Action::inventory_record_removed, {{Field::before_status, "revoked"}});
    Event changed = about_peer(Action::inventory_record_changed, {{Field::before_status, "active"},
                                                                  {Field::before_role, "staff"},
                                                                  {Field::after_status, "revoked"},
                                                                  {Field::after_role, ""},
                                                                  {Field::after_revoked_at, now_}});
    for (Event* record : {&added, &removed, &changed}) record->interface.clear();
    return {about(Action::inventory_loaded, {{Field::inventory_path, "/etc/wgaudit/inventory.json"},
                                             {Field::inventory_sha256, std::string(64, 'a')},
                                             {Field::inventory_records, std::int64_t{57}},
                                             {Field::inventory_records_added, std::int64_t{1}},
                                             {Field::inventory_records_removed, std::int64_t{0}},
                                             {Field::inventory_records_changed, std::int64_t{2}}}),
            rejected, added, removed, changed};
  }

  std::vector<Event> of_the_configuration() const {
    Event moved =
        about_interface(Action::interface_changed, {{Field::interface_renamed, true},
                                                    {Field::before_interface_name, "wg1"},
                                                    {Field::before_interface_netns, ""},
                                                    {Field::after_interface_name, "wg0"},
                                                    {Field::after_interface_netns, "blue"}});
    moved.netns = "blue";
    return {about_interface(Action::interface_added,
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
            about_peer(Action::allowed_ips_moved,
                       {{Field::moved_allowed_ips, Texts{"10.10.0.7/32"}},
                        {Field::moved_from_public_key, to_string(key("bob"))},
                        {Field::moved_from_principal, "bob"}}),
            about_peer(Action::key_rotated,
                       {{Field::rotation_previous_key, to_string(key("alice before"))},
                        {Field::rotation_added_id, EventRef{14}},
                        {Field::rotation_removed_id, EventRef{15}}})};
  }

  std::vector<Event> of_sessions() const {
    return {
        about_peer(Action::session_started,
                   {{Field::session_id, SessionRef{7}},
                    {Field::session_idle_before_seconds, std::int64_t{86400}},
                    {Field::event_start, before(milliseconds{1219})},
                    {Field::source_ip, "198.51.100.23"},
                    {Field::source_port, std::int64_t{51333}}}),
        about_peer(Action::session_ended, {{Field::session_id, SessionRef{7}},
                                           {Field::session_unobserved_seconds, std::int64_t{12}},
                                           {Field::event_reason, "handshake_timeout"},
                                           {Field::event_start, before(hours{1})},
                                           {Field::event_end, before(minutes{3})},
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

  std::vector<Event> of_findings() const {
    Event unknown = finding(Action::finding_changed, "unknown_key", {});
    unknown.public_key = key("mallory");
    std::erase_if(unknown.facts, [](const Fact& fact) {
      return fact.field >= Field::principal_name && fact.field <= Field::principal_owner;
    });
    unknown.facts.push_back({Field::principal_name, "unknown:" + short_form(key("mallory"))});
    unknown.facts.push_back({Field::principal_status, "unknown"});
    unknown.facts.push_back({Field::before_severity, "low"});
    return {
        finding(Action::finding_opened, "revoked_key",
                {{Field::source_ip, "198.51.100.23"}, {Field::source_port, std::int64_t{51333}}}),
        unknown,
        finding(Action::finding_closed, "allowed_ips_excess",
                {{Field::event_reason, "cause_gone"}, {Field::finding_subject, "10.20.0.0/16"}}),
        about_interface(Action::finding_burst, {{Field::rule_name, "missing_peer"},
                                                {Field::finding_count, std::int64_t{4000}}})};
  }

  std::vector<Event> of_the_outbox() const {
    return {
        about_peer(Action::events_suppressed,
                   {{Field::suppressed_session_started, std::int64_t{3}},
                    {Field::suppressed_session_ended, std::int64_t{2}},
                    {Field::suppressed_endpoint_changed, std::int64_t{0}},
                    {Field::suppressed_first, before(minutes{10})},
                    {Field::suppressed_last, before(minutes{5})}}),
        about(Action::events_lost, {{Field::lost_first, std::int64_t{1}},
                                    {Field::lost_last, std::int64_t{900}},
                                    {Field::lost_sinks, Texts{"siem"}}}),
        about(Action::clock_stepped, {{Field::clock_step_milliseconds, std::int64_t{-3'600'250}}}),
        about(Action::segment_opened, {{Field::segment_name, "audit-20261122T160000Z-1042.jsonl"},
                                       {Field::segment_first_sequence, std::int64_t{1042}},
                                       {Field::segment_previous, "audit-20261121T160000Z-1.jsonl"},
                                       {Field::segment_torn_bytes, std::int64_t{17}},
                                       {Field::segment_torn_hash, std::string(64, 'c')},
                                       {Field::segment_torn_after, std::string(64, 'd')},
                                       {Field::segment_torn_before, Texts{std::string(64, 'e')}},
                                       {Field::segment_repeats, true}}),
        about(Action::checkpoint, {{Field::segment_name, "audit-20261122T160000Z-1042.jsonl"},
                                   {Field::event_reason, "lines"},
                                   {Field::checkpoint_last_sequence, std::int64_t{1041}},
                                   {Field::checkpoint_key_id, std::string(64, 'a')},
                                   {Field::checkpoint_previous_key_id, std::string(64, 'b')},
                                   {Field::checkpoint_signature, std::string(128, 'c')}}),
        about(Action::segments_removed,
              {{Field::event_reason, "max-bytes"},
               {Field::removed_segments, Texts{"audit-20261101T160000Z-1.jsonl"}},
               {Field::removed_sha256, Texts{std::string(64, 'a')}},
               {Field::removed_last_hash, std::string(64, 'b')},
               {Field::removed_bytes, std::int64_t{16'777'216}}})};
  }

  WallTime now_;
};

}  // namespace

std::vector<Event> example_events(WallTime now) { return Examples(now).all(); }

}  // namespace wgaudit
