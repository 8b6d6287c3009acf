// Makes a state directory whose outbox holds many events that no sink has got.
//
// usage: fill_outbox DIRECTORY EVENTS SINK…     a daemon is started on it then (tests/show 4.2)
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <limits>

#include "collectors/clock/clock.hpp"
#include "exporter/store/store.hpp"
#include "tests/bench/session_event.hpp"

namespace {

using namespace wgaudit;

constexpr std::uint64_t kAtOnce = 10'000;  // as many as a poll of a large gateway may tell

int failed(const char* what, const std::string& why) {
  std::fprintf(stderr, "fill_outbox: %s: %s\n", what, why.c_str());
  return 1;
}

int fill(const std::string& directory, std::uint64_t count, int sinks, char** names) {
  std::filesystem::create_directories(std::filesystem::path(directory).parent_path());
  StoreLimits limits;
  limits.outbox_bytes = std::numeric_limits<std::int64_t>::max();
  Store store(directory, limits);
  auto opened = store.open(std::nullopt, read_clocks());
  if (!opened) return failed("cannot open", opened.error().error.message());
  Memory memory = std::move(opened->memory);
  for (int i = 0; i < sinks; ++i) {
    if (!store.advance(names[i], 0)) return failed("cannot keep events for a sink", names[i]);
  }
  while (memory.program.sequence < count) {
    const Now now = read_clocks();
    Step step;
    step.delta.program = memory.program;
    step.delta.program.boot_id = now.boot_id;
    step.delta.program.baseline = true;
    for (std::uint64_t i = 0; i < kAtOnce && step.delta.program.sequence < count; ++i) {
      bench::add_session_event(step, bench::numbered_key(static_cast<std::uint32_t>(i)), now);
    }
    if (!store.commit(step, now)) return failed("cannot commit", store.status().why);
    memory.apply(std::move(step.delta));
  }
  std::printf("%lu events, %.0f MB\n", static_cast<unsigned long>(count),
              static_cast<double>(store.status().size_bytes) / 1e6);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) return failed("usage", "fill_outbox DIRECTORY EVENTS SINK…");
  return fill(argv[1], std::strtoull(argv[2], nullptr, 10), argc - 3, argv + 3);
}
