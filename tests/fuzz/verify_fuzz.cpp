// Any bytes as segments, one after the other: no crash, the places say what the structure says, and
// nothing that is not signed with the key is taken for signed.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "exporter/verify/fixed_places.hpp"
#include "exporter/verify/line_pipeline.hpp"

namespace {

constexpr char kNextFile = '\x01';

void check_line(const wgaudit::ScannedLine& line) {
  const auto slow = wgaudit::read_own_line(line.text);
  if (!slow) return;
  const auto fast = wgaudit::read_fixed_places(line.text);
  if (!fast || fast->prev_hash.size() != slow->prev_hash.size()) std::abort();
}

wgaudit::LogVerdict verify(std::string_view bytes, const wgaudit::VerifyOptions& options) {
  wgaudit::ChainChecker checker(options);
  while (!bytes.empty()) {
    const std::size_t end = bytes.find(kNextFile);
    std::string_view file = bytes.substr(0, end);
    const std::size_t name = std::min(file.find('\n'), file.size());
    checker.begin_file(file.substr(0, name));
    file.remove_prefix(std::min(name + 1, file.size()));
    wgaudit::ScannedBlock block;
    block.block.bytes = file;
    wgaudit::scan_block(block, options.deep);
    for (const wgaudit::ScannedLine& line : block.lines) {
      check_line(line);
      checker.take(line);
    }
    bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
  }
  return checker.finish();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  static const wgaudit::SigningKey nobodys = wgaudit::SigningKey::generate();
  wgaudit::VerifyOptions options;
  options.heads = {{3, std::string(24, 'a')}};
  (void)wgaudit::to_text(verify(bytes, options));
  options.deep = true;
  options.keys = {nobodys.verifying()};
  const wgaudit::LogVerdict verdict = verify(bytes, options);
  if (verdict.signed_up_to || wgaudit::exit_code_of(verdict) == 0) std::abort();
  (void)wgaudit::to_text(verdict);
  return 0;
}
