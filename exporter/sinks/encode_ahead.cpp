#include "exporter/sinks/encode_ahead.hpp"

#include <future>
#include <system_error>

namespace wgaudit {

std::vector<std::string> encode_ahead(std::span<const Event> events, EventFormat format,
                                      const EventOrigin& origin, std::string_view installation) {
  constexpr std::size_t kWorthAThread = 64;
  std::vector<std::string> lines(events.size());
  const auto encode_part = [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      lines[i] = encode(events[i], format, origin, installation, kUnknownHash);
    }
  };
  const std::size_t half = events.size() / 2;
  std::future<void> first;
  if (events.size() >= kWorthAThread) {
    try {
      first = std::async(std::launch::async, encode_part, 0, half);
    } catch (const std::system_error&) {  // TasksMax
    }
  }
  encode_part(first.valid() ? half : 0, events.size());
  if (first.valid()) first.get();
  return lines;
}

}  // namespace wgaudit
