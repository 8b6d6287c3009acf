// Logs as the file sink writes them, with checkpoints.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "exporter/sinks/file_sink.hpp"
#include "exporter/verify/verify.hpp"

namespace wgaudit::test {

struct LogSpec {
  std::uint64_t events = 120;
  std::uint64_t segment_bytes = 25'000;
  std::uint64_t checkpoint_lines = 10;
  bool stopped = true;  // in order: the last line is a checkpoint
  bool is_signed = true;
};

// A private key that is the same in every run, of no use to anybody.
[[nodiscard]] std::shared_ptr<const SigningKey> test_key();
// The options of a sink of that log; its clock moves with each look at it.
[[nodiscard]] FileSinkOptions log_options(const std::filesystem::path& directory,
                                          const LogSpec& spec);
// Writes it; what the sink then says of its head.
ChainHead write_log(const std::filesystem::path& directory, const LogSpec& spec);

// Name and bytes of each segment.
using Files = std::map<std::string, std::string>;
[[nodiscard]] Files read_files(const std::filesystem::path& directory);
// Makes the directory hold these, and no other segment. What is equal in `before` is not written.
void write_files(const std::filesystem::path& directory, const Files& files,
                 const Files& before = {});

// With test_key(), or without.
[[nodiscard]] LogVerdict verify_log(const std::filesystem::path& directory, bool with_key = true,
                                    bool deep = false);

}  // namespace wgaudit::test
