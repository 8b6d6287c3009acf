// What a scraper asks for: target, Accept and Accept-Encoding, a line each.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "exporter/metrics/negotiation.hpp"
#include "exporter/metrics/scrape_request.hpp"

namespace {

std::string_view take_line(std::string_view& rest) {
  const std::string_view line = rest.substr(0, rest.find('\n'));
  rest.remove_prefix(std::min(line.size() + 1, rest.size()));
  return line;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace wgaudit;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  const std::string_view target = take_line(rest), accept = take_line(rest);
  const auto request = parse_scrape_request(target, accept, rest);
  if (!request) {
    // Nothing of the client's is in an answer.
    for (const unsigned char c : request.error()) {
      if (c < ' ' || c > '~') std::abort();
    }
    return 0;
  }
  const bool compat = is_compat(request->form);
  if (!compat && request->form != negotiate_form(accept)) std::abort();
  if (request->gzip != negotiate_gzip(rest)) std::abort();
  // An empty element changes nothing.
  std::string padded = ", ,";
  padded += accept;
  if (negotiate_form(padded) != negotiate_form(accept)) std::abort();
  return 0;
}
