// What came of checking segments. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "collectors/model/time.hpp"
#include "exporter/sinks/segment_scan.hpp"

namespace wgaudit {

// tampered: somebody changed what was written. incomplete: a part is missing, or not signed, and
// nothing says that it was different.
enum class Fault : std::uint8_t { tampered, incomplete };

struct Flaw {
  Fault fault;
  std::string file;            // base name; "" = of the whole
  std::uint64_t line = 0;      // of the file; 0 = of all of it
  std::uint64_t sequence = 0;  // of the event there, or the last before
  std::string what;
};

// What the last good checkpoint vouches for: the first flaw is after it.
struct SignedUpTo {
  ChainHead head;
  WallTime at{};
  std::string key_id;
};

// A row of checkpoints of one key.
struct KeyUse {
  std::string key_id;
  std::uint64_t checkpoints = 0;
  std::uint64_t first_sequence = 0, last_sequence = 0;
};

struct LogVerdict {
  static constexpr std::size_t kMaxFlaws = 20;  // more are counted alone
  std::vector<Flaw> flaws;
  std::uint64_t tampered = 0, incomplete = 0;  // flaws

  std::uint64_t segments = 0, lines = 0, events = 0;
  std::uint64_t torn_lines = 0, lost_events = 0, removed_segments = 0;  // each accounted for
  std::uint64_t checkpoints = 0, unsigned_lines = 0;  // lines after the last checkpoint
  bool signatures_checked = false;
  std::optional<ChainHead> head;  // of the last event of all
  // Before the first flaw: the last event, and what is signed where that was checked.
  std::optional<ChainHead> sound;
  std::optional<SignedUpTo> signed_up_to;
  std::vector<KeyUse> keys;  // in the order of their use

  void add(Flaw flaw);
};

// 0 whole, 1 tampered, 4 incomplete (exit_code.hpp).
[[nodiscard]] int exit_code_of(const LogVerdict& verdict);
// For people: the flaws, one a line, then what was found.
[[nodiscard]] std::string to_text(const LogVerdict& verdict);

}  // namespace wgaudit
