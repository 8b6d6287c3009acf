// Reads a segment in blocks of whole lines, in bounded memory: the verifier's edge to the file
// system.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "exporter/codec/sha256.hpp"
#include "exporter/net/descriptor.hpp"

namespace wgaudit {

struct Block {
  std::string bytes;  // whole lines; the last of a file may lack its line feed
  // A line that is longer than a block, and has no line of ours in it: its hash alone.
  bool is_long_line = false;
  bool ended = true;
  std::uint64_t size = 0;
  Sha256Digest hash{};
};

class LineReader {
 public:
  // The error is why, without the path.
  [[nodiscard]] static std::expected<LineReader, std::string> open(const std::string& path);
  // False: there is no more. After an error there is no more either.
  [[nodiscard]] std::expected<bool, std::string> next(Block& block);

 private:
  explicit LineReader(Descriptor file) : file_(std::move(file)) {}
  std::expected<bool, std::string> read_more();
  std::expected<bool, std::string> long_line(Block& block);

  Descriptor file_;
  std::string buffer_;  // what is read and not given away
  bool at_end_ = false;
};

}  // namespace wgaudit
