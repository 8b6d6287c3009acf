#include "exporter/web/reply.hpp"

#include <algorithm>
#include <string_view>

namespace wgaudit {
namespace {

struct Refusal {
  int status;
  std::string_view reason, header, text;
};
constexpr Refusal kRefusals[] = {
    {500, "Internal Server Error", "", "internal error\n"},
    {400, "Bad Request", "", "bad request\n"},
    {405, "Method Not Allowed", "Allow: GET, HEAD\r\n", "only GET and HEAD\n"},
    {408, "Request Timeout", "", "the request took too long\n"},
    {414, "URI Too Long", "", "the address is too long\n"},
    {431, "Request Header Fields Too Large", "", "the headers are too large\n"},
    {503, "Service Unavailable", "Retry-After: 1\r\n", "too many requests at once\n"},
    {505, "HTTP Version Not Supported", "", "only HTTP/1.0 and HTTP/1.1\n"},
};

}  // namespace

Answer refusal(int status, std::string_view text) {
  const auto* found = std::ranges::find(kRefusals, status, &Refusal::status);
  const Refusal& refusal = found == std::end(kRefusals) ? kRefusals[0] : *found;
  if (text.empty()) text = refusal.text;
  std::string head = "HTTP/1.1 " + std::to_string(refusal.status) + ' ';
  head += refusal.reason;
  head += "\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ";
  head += std::to_string(text.size());
  head += "\r\nConnection: close\r\nX-Content-Type-Options: nosniff\r\n";
  head += refusal.header;
  head += "\r\n";
  return {.head = std::move(head), .body = std::string(text), .close = true};
}

}  // namespace wgaudit
