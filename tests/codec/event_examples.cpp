#include "tests/codec/event_examples.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "exporter/codec/event_examples.hpp"
#include "tests/support/builders.hpp"

namespace wgaudit::test {
namespace {

using Texts = std::vector<std::string>;

bool is_of_segments(const FieldInfo& field) {
  return std::ranges::any_of(
      std::array{"wireguard.segment.", "wireguard.checkpoint.", "wireguard.removed."},
      [&](const char* object) { return field.ecs.starts_with(object); });
}

Event about_peer(Action action, std::vector<Fact> facts) {
  Event event = make_event(action, wall("2026-11-22T16:00:00.120Z"));
  event.observed_after = wall("2026-11-22T15:59:55.118Z");
  event.interface = "wg0";
  event.public_key = key("alice");
  event.facts = std::move(facts);
  return event;
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
  std::vector<Event> events = wgaudit::example_events(wall("2026-11-22T16:00:00.120Z"));
  std::uint64_t sequence = 0;
  for (Event& event : events) {
    if (!is_of_files(event.action)) event.sequence = ++sequence;
  }
  return events;
}

std::vector<Event> hostile_events() {
  Texts before, after;
  for (int i = 0; i < 65'535; ++i) {
    const std::string tail = std::to_string(i / 256) + '.' + std::to_string(i % 256) + "/32";
    before.push_back("10.1." + tail);
    after.push_back("10.2." + tail);
  }
  Event many = about_peer(Action::peer_changed, {{Field::principal_name, "alice"},
                                                 {Field::before_allowed_ips, before},
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

Event event_of_all_fields(std::size_t text_bytes, std::size_t entries, bool of_segments) {
  Event event = about_peer(Action::finding_opened, {});
  event.sequence = ~std::uint64_t{0} >> 1U;
  event.netns = std::string(text_bytes, '\x01');
  event.facts.clear();
  for (const FieldInfo& field : fields()) {
    if (is_of_segments(field) != of_segments) continue;
    if (field.field == Field::rule_name) {
      event.facts.push_back({field.field, "unknown_key"});
    } else {
      event.facts.push_back({field.field, value_of(field.type, text_bytes, entries)});
    }
  }
  return event;
}

}  // namespace wgaudit::test
