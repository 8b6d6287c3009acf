#include "exporter/pages/gateway_page.hpp"

#include "exporter/codec/html.hpp"
#include "exporter/codec/report_words.hpp"
#include "exporter/pages/frame.hpp"
#include "exporter/pages/health.hpp"
#include "exporter/pages/sections.hpp"
#include "exporter/pages/words.hpp"

namespace wgaudit {
namespace {

// What it is, in a line: interfaces, peers, sessions, how old it is.
void append_summary(std::string& out, const View& view, WallTime now) {
  std::size_t peers = 0, up = 0;
  for (const JudgedDevice& judged : view.devices) {
    peers += judged.peers.size();
    up += sessions_up(judged);
  }
  out += "<h1>" + name_html(view.gateway) + "</h1>\n<p class=\"soft\">" +
         count_of(view.devices.size(), "interface", "interfaces") + " · " + grouped(peers) +
         (peers == 1 ? " peer" : " peers") + " · " + grouped(up) +
         (up == 1 ? " session" : " sessions") + " up · polled " + age_html(view.taken.wall, now) +
         "</p>\n";
}

void append_troubles(std::string& out, const std::vector<std::string>& troubles) {
  if (troubles.empty()) return;
  out +=
      "<div class=\"notice\" role=\"region\" aria-label=\"Needs attention\">\n"
      "<strong>Needs attention</strong>\n<ul>\n";
  for (const std::string& trouble : troubles) out += "<li>" + name_html(trouble) + "</li>\n";
  out += "</ul>\n</div>\n";
}

Page nothing_yet(const PageRequest& request) {
  return html_page(
      request, "wgaudit",
      "<h1>wgaudit</h1>\n<p>No poll has ended yet: there is nothing to show. The first "
      "one takes a moment.</p>\n<p><a href=\"./\">Look again</a></p>\n");
}

}  // namespace

Page gateway_page(const PageRequest& request) {
  if (request.view == nullptr) return nothing_yet(request);
  const View& view = *request.view;
  const WallTime now = request.source->now();
  const DeliveryHealth delivery = request.source->delivery();
  std::string main;
  append_summary(main, view, now);
  append_troubles(main, troubles(view, delivery, request.source->poll_interval, now));
  append_findings_section(main, view);
  if (const auto done = append_peers_section(main, request); !done) {
    return html_error(request, 400, "Bad request", done.error().name + ": " + done.error().why);
  }
  append_health_section(main, view, delivery, now);
  return html_page(request, view.gateway + " – wgaudit", main);
}

}  // namespace wgaudit
