#include "exporter/verify/fixed_places.hpp"

#include <gtest/gtest.h>

#include "tests/sinks/events.hpp"

namespace wgaudit::test {
namespace {

constexpr EventFormat kFormats[] = {EventFormat::ecs, EventFormat::ocsf};

void expect_same(const std::string& line) {
  const auto fast = read_fixed_places(line), slow = read_own_line(line);
  ASSERT_EQ(fast.has_value(), slow.has_value()) << line;
  if (!fast) return;
  EXPECT_EQ(fast->installation, slow->installation);
  EXPECT_EQ(fast->prev_hash, slow->prev_hash);
  EXPECT_EQ(fast->kind, slow->kind);
  EXPECT_EQ(fast->sequence, slow->sequence);
}

TEST(FixedPlaces, SayWhatTheStructureSays) {
  const std::string hash(64, 'a');
  for (const ActionInfo& info : actions()) {
    Event event = make_event(info.action, WallTime{});
    if (!is_of_files(info.action)) event.sequence = 4'000'000'000'000;
    event.observed_after = WallTime{};
    event.facts = {{Field::segment_first_sequence, std::int64_t{7}},
                   {Field::detected_at_start, true},
                   {Field::event_reason, "},\"event\":{\"sequence\":9,\"installation\":\"x\""}};
    for (const EventFormat format : kFormats) {
      expect_same(encode(event, format, origin(), kInstallation, hash));
      expect_same(encode(event, format, origin(), kInstallation));
    }
  }
}

TEST(FixedPlaces, OfWhatIsNotOurs) {
  const std::string line = to_ecs(event(42), origin(), kInstallation, std::string(64, 'a'));
  for (std::size_t size = 0; size < line.size(); ++size) {
    const std::string part = line.substr(0, size);
    if (!part.ends_with('}')) expect_same(part);  // where its structure ends is not looked at
  }
  for (const std::string_view other : {"", "{}", "\n", "{\"@timestamp\":\""}) {
    expect_same(std::string(other));
  }
}

}  // namespace
}  // namespace wgaudit::test
