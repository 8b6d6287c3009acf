#include "exporter/web/reply.hpp"

#include <algorithm>
#include <chrono>
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

constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

std::string digits(std::int64_t number, std::size_t width) {
  const std::string text = std::to_string(number);
  return std::string(width - std::min(width, text.size()), '0') + text;
}

// RFC 9110, 5.6.7: "Sun, 06 Nov 1994 08:49:37 GMT".
std::string http_date(WallTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(time) - day);
  std::string text = kDays[std::chrono::weekday(day).c_encoding()];
  text += ", " + digits(static_cast<unsigned>(date.day()), 2) + ' ';
  text += kMonths[static_cast<unsigned>(date.month()) - 1];
  text += ' ' + digits(static_cast<int>(date.year()), 4) + ' ';
  text += digits(clock.hours().count(), 2) + ':' + digits(clock.minutes().count(), 2) + ':';
  return text + digits(clock.seconds().count(), 2) + " GMT";
}

}  // namespace

void add_date(Answer& answer, WallTime now) {
  const std::size_t end = answer.head.find("\r\n");  // of the status line
  if (end != std::string::npos) answer.head.insert(end + 2, "Date: " + http_date(now) + "\r\n");
}

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
