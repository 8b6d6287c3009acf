#include "exporter/verify/fixed_places.hpp"

#include <charconv>

namespace wgaudit {
namespace {

// {"@timestamp":"2026-11-22T16:00:00.120Z","wireguard":{"audit":{"prev_hash":"sha256:…",
// {"time":1795363200120,"unmapped":{"wireguard":{"audit":{"prev_hash":"sha256:…",
struct Places {
  EventFormat format;
  std::string_view begin;
  std::size_t time_size;
  std::string_view prev_hash, sequence;
};
// A quote within a text of JSON is escaped, so these bytes are never part of one.
constexpr Places kPlaces[] = {
    {EventFormat::ecs, R"({"@timestamp":")", 24, R"(","wireguard":{"audit":{"prev_hash":"sha256:)",
     R"(},"event":{"sequence":)"},
    {EventFormat::ocsf, R"({"time":)", 13,
     R"(,"unmapped":{"wireguard":{"audit":{"prev_hash":"sha256:)", R"(},"metadata":{"sequence":)"},
};
constexpr std::size_t kHashSize = 64;
constexpr std::string_view kInstallation = R"("installation":")";
constexpr std::size_t kInstallationWithin = 160;  // two members may stand before it

std::optional<OwnLine> read_at(const Places& places, std::string_view line) {
  const std::size_t prev_hash_at = places.begin.size() + places.time_size;
  const std::size_t hash_at = prev_hash_at + places.prev_hash.size();
  const std::size_t audit_at = hash_at + kHashSize;
  if (line.size() < audit_at + kInstallationWithin || !line.starts_with(places.begin) ||
      line.substr(prev_hash_at, places.prev_hash.size()) != places.prev_hash) {
    return std::nullopt;
  }
  const std::string_view audit = line.substr(audit_at, kInstallationWithin);
  const std::size_t begin = audit.find(kInstallation);
  if (begin == std::string_view::npos) return std::nullopt;
  const std::string_view installation = audit.substr(begin + kInstallation.size());
  const std::size_t end = installation.find('"');
  const std::size_t at = line.find(places.sequence, audit_at);
  if (end == 0 || end == std::string_view::npos || at == std::string_view::npos) {
    return std::nullopt;
  }
  OwnLine own{places.format, installation.substr(0, end), line.substr(hash_at, kHashSize)};
  const char* const digits = line.data() + at + places.sequence.size();
  const auto parsed = std::from_chars(digits, line.data() + line.size(), own.sequence);
  if (parsed.ec != std::errc{} || own.sequence == 0 || *parsed.ptr != ',') return std::nullopt;
  return own;
}

}  // namespace

std::optional<OwnLine> read_fixed_places(std::string_view line) {
  if (line.ends_with('}')) {
    for (const Places& places : kPlaces) {
      if (const auto own = read_at(places, line)) return own;
    }
  }
  return read_own_line(line);
}

}  // namespace wgaudit
