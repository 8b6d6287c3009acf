// What an HTTP client sends, from its first byte to the answer: head, routes, httplib.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "exporter/web/engine.hpp"
#include "exporter/web/routes.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace wgaudit;
  static const Site site{
      "/metrics",
      "gw1",
      {},
      {.metrics = [](const ScrapeRequest&,
                     Duration) { return std::make_shared<const std::string>("up 1\n"); },
       .not_ready = [] { return std::optional<std::string>(); },
       .view = [] { return std::shared_ptr<const View>(); }}};
  static Engine engine([](const std::string& path, const RequestHead& head,
                          const Visitor& visitor) { return reply_to(site, path, head, visitor); },
                       60, 100);
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto end = find_head(input);
  // In two pieces it is found as in one.
  const auto first = find_head(input.substr(0, size / 2));
  if (end && *end && **end > size / 2 && first && !*first && find_head(input, size / 2) != end) {
    std::abort();
  }
  if (!end || !*end) return 0;
  const auto head = parse_head(input.substr(0, **end));
  if (!head) return 0;
  const Answer answer = engine.answer(*head, {.local = true}, false);
  if (!answer.head.starts_with("HTTP/1.1 ") || !answer.head.ends_with("\r\n\r\n")) std::abort();
  if (head->head_only && !answer.close && !answer.bytes().empty()) std::abort();
  return 0;
}
