#include "exporter/pages/api_parts.hpp"

#include "exporter/pages/files.hpp"

namespace wgaudit {

Page json_page(std::string body, int status) {
  return {.status = status, .content_type = "application/json", .body = std::move(body)};
}

Page json_error(int status, std::string_view error, std::string_view parameter) {
  JsonWriter out;
  out.begin_object();
  out.number("version", 1);
  out.text("error", error);
  out.text_or_null("parameter", parameter);
  out.end_object();
  return json_page(out.take(), status);
}

Page json_error(const BadParameter& bad) {
  return json_error(400, bad.name + ": " + bad.why, bad.name);
}

Page not_polled_yet() { return json_error(503, "no poll has ended yet"); }

void begin_answer(JsonWriter& out, const View& view) {
  out.begin_object();
  out.number("version", 1);
  out.text("generated_at", to_rfc3339(view.taken.wall));
  out.text("gateway", view.gateway);
}

void write_cursor(JsonWriter& out, std::string_view cursor) {
  out.text_or_null("next_cursor", cursor);
}

std::string rfc3339_or_empty(const std::optional<WallTime>& time) {
  return time ? to_rfc3339(*time) : "";
}

Page api_openapi(const PageRequest&) { return json_page(std::string(kOpenApi)); }

Page api_not_found(const PageRequest&) { return json_error(404, "no such path of the API"); }

}  // namespace wgaudit
