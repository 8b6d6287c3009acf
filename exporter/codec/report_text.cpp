#include <algorithm>
#include <array>
#include <cstdio>

#include "collectors/model/text.hpp"
#include "exporter/codec/report.hpp"

namespace wgaudit {
namespace {

std::string count_of(std::size_t count, std::string_view one, std::string_view many) {
  return std::to_string(count) + ' ' + std::string(count == 1 ? one : many);
}

// "blue/wg0"; "wg0" in the own namespace; of a whole namespace its name.
std::string place_of(std::string_view netns, std::string_view name) {
  if (name.empty()) return to_printable(netns);
  return to_printable(netns.empty() ? std::string(name)
                                    : std::string(netns) + '/' + std::string(name));
}

std::string upper(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return result;
}

// Characters, not bytes: what a terminal puts side by side.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }));
}

std::string bytes_text(std::uint64_t bytes) {
  constexpr std::array<std::string_view, 7> kUnits{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; value >= 1024 && unit + 1 < kUnits.size(); ++unit) value /= 1024;
  char text[32];
  std::snprintf(text, sizeof text, unit == 0 ? "%.0f " : "%.1f ", value);
  return text + std::string(kUnits[unit]);
}

// The two largest units: "3m12s ago".
std::string age_text(WallTime then, WallTime now) {
  if (then >= now) return "just now";
  auto age = std::chrono::floor<std::chrono::seconds>(now - then);
  if (age >= std::chrono::days{1}) {
    age = std::chrono::floor<std::chrono::hours>(age);
  } else if (age >= std::chrono::hours{1}) {
    age = std::chrono::floor<std::chrono::minutes>(age);
  }
  return to_string(Duration{age}) + " ago";
}

using Row = std::vector<std::string>;
void append_table(std::string& out, const std::vector<Row>& rows) {
  std::vector<std::size_t> widths(rows.front().size());
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));
  }
  for (const Row& row : rows) {
    out += ' ';
    for (std::size_t i = 0; i < row.size(); ++i) {
      out += ' ' + row[i];
      if (i + 1 < row.size()) out.append(widths[i] - width_of(row[i]) + 1, ' ');
    }
    out += '\n';
  }
}

void append_finding(std::string& out, const Finding& finding) {
  const RuleInfo& rule = rule_info(finding.identity.rule);
  const auto& identity = finding.identity;
  out += '\n' + upper(to_string(finding.severity)) + ' ' + rule_code(rule.id) + ' ' +
         std::string(rule.name);
  if (finding.accepted) out += " (accepted by an exception)";
  out += '\n';
  const auto line = [&](std::string_view name, std::string_view value) {
    if (value.empty()) return;
    out += "  ";
    out += name;
    out.append(12 - name.size(), ' ');
    out += to_printable(value);
    out += '\n';
  };
  line("who", finding.principal);
  line("key", identity.public_key ? to_string(*identity.public_key) : "");
  line("where", place_of(identity.netns, identity.interface));
  line("about", identity.subject);
  line("what", finding.detail);
  line("why", rule.reason);
  line("what to do", rule.remedy);
}

void append_findings(std::string& out, const std::vector<const Finding*>& findings) {
  const auto accepted = static_cast<std::size_t>(
      std::ranges::count_if(findings, [](const Finding* f) { return f->accepted; }));
  std::string counts;
  for (auto level = kSeverities; level > 0; --level) {
    const auto severity = static_cast<Severity>(level);
    const auto count = std::ranges::count_if(
        findings, [&](const Finding* f) { return !f->accepted && f->severity == severity; });
    if (count == 0) continue;
    counts += counts.empty() ? " (" : ", ";
    counts += std::to_string(count) + ' ' + std::string(to_string(severity));
  }
  if (!counts.empty()) counts += ')';
  out += "\nFINDINGS: " + std::to_string(findings.size() - accepted) + " open" + counts;
  if (accepted > 0) out += ", " + std::to_string(accepted) + " accepted";
  out += '\n';
  for (const Finding* finding : findings) append_finding(out, *finding);
}

Row peer_row(const View& view, const Device& device, const Peer& peer, const PeerStatus& status) {
  std::string allowed;
  for (const Cidr& cidr : device.prefixes_of(peer)) {
    allowed += (allowed.empty() ? "" : ", ") + to_string(cidr);
  }
  const Record* record = status.record;
  return {to_printable(principal_of(peer.public_key, record)),
          to_string(peer.public_key),
          std::string(record != nullptr ? to_string(record->status) : "unknown"),
          status.session_up ? "up" : "-",
          peer.has_handshake() ? age_text(peer.last_handshake, view.taken.wall) : "never",
          bytes_text(peer.received_bytes),
          bytes_text(peer.sent_bytes),
          peer.endpoint.known() ? to_string(peer.endpoint) : "-",
          allowed.empty() ? "(none)" : allowed};
}

void append_interface(std::string& out, const View& view, const JudgedDevice& judged,
                      const ReportOptions& options) {
  const Device& device = *judged.device;
  out += '\n' + place_of(device.netns, device.name) + " (" +
         std::string(to_string(device.implementation));
  if (device.link) {
    out += std::string(device.link->up ? ", up" : ", down") + ", mtu " +
           std::to_string(device.link->mtu_bytes);
  }
  if (device.listen_port != 0) out += ", port " + std::to_string(device.listen_port);
  if (device.public_key) out += ", public key " + to_string(*device.public_key);
  out += "): " + count_of(device.peers.size(), "peer", "peers") + '\n';
  std::vector<Row> rows{{"PRINCIPAL", "KEY", "STATUS", "SESSION", "HANDSHAKE", "RECEIVED", "SENT",
                         "ENDPOINT", "ALLOWED IPS"}};
  for (std::size_t i = 0; i < device.peers.size(); ++i) {
    const PeerStatus& status = judged.peers[i];
    const std::string principal = principal_of(device.peers[i].public_key, status.record);
    if (!options.principal.empty() && principal != options.principal) continue;
    rows.push_back(peer_row(view, device, device.peers[i], status));
  }
  if (rows.size() > 1) append_table(out, rows);
}

}  // namespace

std::string report_text(const View& view, const ReportOptions& options,
                        const std::vector<std::string>& problems) {
  std::string out = "wgaudit report of gateway " + to_printable(view.gateway) + " at " +
                    to_rfc3339(view.taken.wall) + '\n';
  out += view.inventory_health.configured
             ? "inventory " + to_printable(view.inventory->path) + ", " +
                   count_of(view.inventory->records.size(), "record", "records") + ", sha256 " +
                   view.inventory->sha256 + '\n'
             : "no inventory\n";
  append_findings(out, reported_findings(view, options, true));
  out += "\nINTERFACES: " + std::to_string(view.devices.size()) + '\n';
  for (const JudgedDevice& judged : view.devices) append_interface(out, view, judged, options);
  if (const auto list = not_checked(view, options); !list.empty()) {
    out += "\nNOT CHECKED\n";
    for (const auto& [rule, why] : list) out += "  " + std::string(rule) + ": " + why + '\n';
  }
  if (!problems.empty()) out += "\nPROBLEMS\n";
  for (const std::string& problem : problems) out += "  " + to_printable(problem) + '\n';
  return out;
}

}  // namespace wgaudit
