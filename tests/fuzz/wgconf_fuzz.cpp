// Any bytes as a WireGuard configuration: peers with a key or a file for it, problems on lines that
// there are, and nothing that was noted of a peer has the form of a key.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "collectors/wgconf/decoder.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const wgaudit::Conf conf = wgaudit::decode_conf(text);
  const auto lines = static_cast<std::size_t>(std::ranges::count(text, '\n')) + 1;
  for (const auto& problem : conf.problems) {
    if (problem.line > lines) std::abort();
  }
  for (const auto& peer : conf.peers) {
    if (!peer.public_key && peer.public_key_file.empty()) std::abort();
    if (peer.line == 0 || peer.line > lines) std::abort();
    if (!std::ranges::is_sorted(peer.allowed_ips)) std::abort();
    for (const auto& note : peer.notes) {
      if (note.line == 0 || note.line > lines || wgaudit::may_hold_key(note.text)) std::abort();
    }
  }
  return 0;
}
