#include "exporter/web/landing.hpp"

#include <array>

#include "exporter/codec/html.hpp"
#include "exporter/version/version.hpp"

namespace wgaudit {
namespace {

constexpr std::string_view kHead = R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>wgaudit)";
constexpr std::string_view kStyle = R"(</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 42rem; margin: 3rem auto; padding: 0 1rem; }
table { border-collapse: collapse; }
th, td { text-align: left; font-weight: normal; padding: .2rem 1.5rem .2rem 0; }
td { font-variant-numeric: tabular-nums; }
</style>
</head>
<body>
<h1>wgaudit</h1>
<p>Watches the WireGuard interfaces of a gateway, says who each public key is and what is wrong.</p>
)";

void add_row(std::string& page, std::string_view name, const std::string& value) {
  page += "<tr><th scope=\"row\">" + std::string(name) + "</th><td>" + value + "</td></tr>\n";
}

void add_link(std::string& page, std::string_view path, std::string_view what) {
  page += "<li><a href=\"" + html_text(path) + "\">" + html_text(path) + "</a> " +
          std::string(what) + "</li>\n";
}

std::string open_findings(const View& view) {
  std::array<std::size_t, kSeverities + 1> open{};
  for (const Finding& finding : view.findings) {
    if (!finding.accepted) ++open[static_cast<std::size_t>(finding.severity)];
  }
  std::string text;
  for (const Severity severity :
       {Severity::critical, Severity::high, Severity::medium, Severity::low, Severity::info}) {
    if (!text.empty()) text += ", ";
    text += std::to_string(open[static_cast<std::size_t>(severity)]) + ' ';
    text += to_string(severity);
  }
  return text;
}

void add_state(std::string& page, const View& view) {
  std::size_t peers = 0;
  for (const JudgedDevice& judged : view.devices) peers += judged.peers.size();
  add_row(page, "Gateway", html_text(view.gateway));
  add_row(page, "Interfaces", std::to_string(view.devices.size()));
  add_row(page, "Peers", std::to_string(peers));
  add_row(page, "Open findings", open_findings(view));
  add_row(page, "Last poll", to_rfc3339(view.taken.wall));
}

}  // namespace

std::string landing_page(const View* view, std::string_view telemetry_path) {
  std::string page(kHead);
  if (view != nullptr) page += " on " + html_text(view->gateway);
  page += kStyle;
  page += "<table>\n";
  if (view != nullptr) {
    add_state(page, *view);
  } else {
    add_row(page, "State", "no poll has ended yet");
  }
  add_row(page, "Version", html_text(kVersion) + " (revision " + html_text(kRevision) + ")");
  page += "</table>\n<ul>\n";
  add_link(page, telemetry_path, "for Prometheus");
  add_link(page, "/-/healthy", "whether the program runs");
  add_link(page, "/-/ready", "whether it has something to say");
  page += "</ul>\n</body>\n</html>\n";
  return page;
}

}  // namespace wgaudit
