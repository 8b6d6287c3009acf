#include "tests/verify/signed_log.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include "tests/sinks/events.hpp"
#include "tests/support/files.hpp"

namespace wgaudit::test {

namespace fs = std::filesystem;

std::shared_ptr<const SigningKey> test_key() {
  // RFC 8032 §7.1, test 3.
  static const auto key = std::make_shared<const SigningKey>(
      *SigningKey::from_pem("-----BEGIN PRIVATE KEY-----\n"
                            "MC4CAQAwBQYDK2VwBCIEIMWqjfQ/n4N77bdELzHct7Fm04U1B28JS4XOOi4LRFj3\n"
                            "-----END PRIVATE KEY-----\n",
                            "test"));
  return key;
}

FileSinkOptions log_options(const fs::path& directory, const LogSpec& spec) {
  FileSinkOptions options{.directory = directory.string(),
                          .origin = origin(),
                          .now =
                              [now = WallTime{std::chrono::seconds{1'795'363'200}}]() mutable {
                                return now += std::chrono::milliseconds{100};
                              },
                          .max_segment_bytes = spec.segment_bytes};
  options.sync = SyncPolicy::off;
  options.checkpoints = {spec.is_signed ? test_key() : nullptr, spec.checkpoint_lines,
                         std::chrono::minutes{5}};
  return options;
}

ChainHead write_log(const fs::path& directory, const LogSpec& spec) {
  FileSink sink(log_options(directory, spec));
  constexpr std::uint64_t kBatch = 500;
  std::uint64_t position = sink.resume(kInstallation, std::nullopt);
  while (position < spec.events) {
    const std::uint64_t count = std::min(kBatch, spec.events - position);
    if (!sink.deliver(batch(position + 1, count))) std::abort();
    position += count;
  }
  if (spec.stopped) sink.end();
  return sink.status().head;
}

Files read_files(const fs::path& directory) {
  Files files;
  for (const auto& entry : fs::directory_iterator(directory)) {
    files[entry.path().filename().string()] = read_file(entry.path());
  }
  return files;
}

void write_files(const fs::path& directory, const Files& files, const Files& before) {
  for (const auto& [name, bytes] : before) {
    if (!files.contains(name)) fs::remove(directory / name);
  }
  for (const auto& [name, bytes] : files) {
    const auto same = before.find(name);
    if (same != before.end() && same->second == bytes) continue;
    std::ofstream(directory / name, std::ios::binary) << bytes;
  }
}

LogVerdict verify_log(const fs::path& directory, bool with_key, bool deep) {
  VerifyOptions options;
  if (with_key) options.keys = {test_key()->verifying()};
  options.deep = deep;
  auto verdict = verify_segments({directory.string()}, options);
  if (!verdict) std::abort();
  return *std::move(verdict);
}

}  // namespace wgaudit::test
