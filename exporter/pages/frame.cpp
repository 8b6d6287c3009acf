#include "exporter/pages/frame.hpp"

#include "exporter/codec/html.hpp"
#include "exporter/codec/sha256.hpp"
#include "exporter/pages/files.hpp"
#include "exporter/pages/words.hpp"
#include "exporter/version/version.hpp"

namespace wgaudit {
namespace {

std::string whole_style() { return std::string(html_palette()) + std::string(kStyleSheet); }

// Another style sheet is at another address: a browser may keep it.
const std::string& style_address() {
  static const std::string address = "style.css?v=" + sha256_hex(whole_style()).substr(0, 12);
  return address;
}

void append_head(std::string& out, std::string_view title) {
  out +=
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"referrer\" content=\"no-referrer\">\n<title>" +
      html_text(title) +
      "</title>\n<link rel=\"icon\" type=\"image/svg+xml\" href=\"icon.svg\">\n" +
      "<link rel=\"stylesheet\" href=\"" + style_address() + "\">\n</head>\n";
}

// Links are relative: behind a proxy the pages may lie anywhere.
void append_banner(std::string& out) {
  out +=
      "<body>\n<a class=\"skip\" href=\"#main\">Skip to content</a>\n<header class=\"bar\">\n"
      "<a class=\"brand\" href=\"./\">wgaudit</a>\n<nav aria-label=\"Site\">\n"
      "<a href=\"./#findings\">Findings</a>\n<a href=\"./#peers\">Peers</a>\n"
      "<a href=\"./#health\">Health</a>\n</nav>\n</header>\n<main id=\"main\" tabindex=\"-1\">\n";
}

void append_footer(std::string& out, const PageRequest& request) {
  const std::string metrics = html_text(request.telemetry_path.substr(1));
  out += "</main>\n<footer>\n<p>wgaudit " + html_text(kVersion) + " (revision " +
         html_text(kRevision) +
         ") watches, and changes nothing. Times are UTC.</p>\n<ul>\n<li><a href=\"" + metrics +
         "\">Metrics</a></li>\n<li><a href=\"api/v1/status\">API: status</a></li>\n"
         "<li><a href=\"api/v1/openapi.json\">API: description</a></li>\n"
         "<li><a href=\"-/healthy\">Healthy?</a></li>\n<li><a href=\"-/ready\">Ready?</a></li>\n"
         "</ul>\n</footer>\n</body>\n</html>\n";
}

}  // namespace

Page html_page(const PageRequest& request, std::string_view title, std::string_view main,
               int status) {
  Page page{.status = status, .body = {}};
  page.body.reserve(main.size() + 4096);
  append_head(page.body, title);
  append_banner(page.body);
  page.body += main;
  append_footer(page.body, request);
  return page;
}

Page html_error(const PageRequest& request, int status, std::string_view heading,
                std::string_view text) {
  const std::string main = "<h1>" + html_text(heading) + "</h1>\n<p>" + html_text(text) +
                           "</p>\n<p><a href=\"./\">Back to the gateway</a></p>\n";
  return html_page(request, std::string(heading) + " – wgaudit", main, status);
}

Page style_sheet(const PageRequest& request) {
  const bool current = "style.css?v=" + std::string(request.query["v"]) == style_address();
  return {.content_type = "text/css; charset=utf-8", .body = whole_style(), .lasting = current};
}

Page icon(const PageRequest&) {
  return {.content_type = "image/svg+xml", .body = std::string(kIcon)};
}

}  // namespace wgaudit
