// A verifier of segments that shares nothing with the sink but SHA-256: what it makes of names,
// lines and hashes it finds out itself.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace wgaudit::test {

struct FirstLine {
  std::string name, reason, previous, installation;
  std::uint64_t first_sequence = 0, torn_bytes = 0;
  bool repeats = false;
};

struct Segments {
  std::vector<FirstLine> first_lines;
  std::vector<std::uint64_t> sequences;  // of all events, in order
  std::vector<std::string> ids;          // likewise
  std::vector<std::string> problems;     // of chain, names and torn lines
  std::string last_event;                // its raw line
  [[nodiscard]] std::vector<std::string> reasons() const;
};

// In the order of `ls -v`.
[[nodiscard]] std::vector<std::string> segment_files(const std::filesystem::path& directory);
[[nodiscard]] Segments read_segments(const std::filesystem::path& directory);

// 1 to `last`, each once.
[[nodiscard]] std::vector<std::uint64_t> up_to(std::uint64_t last);

}  // namespace wgaudit::test
