#include "exporter/codec/report_words.hpp"

#include <algorithm>

#include "exporter/codec/human_text.hpp"

namespace wgaudit {
namespace {

template <typename Text>
std::string first_few(const std::vector<Text>& texts) {
  constexpr std::size_t kNamed = 10;
  std::string list;
  for (std::size_t i = 0; i < texts.size() && i < kNamed; ++i) {
    list += (i == 0 ? "" : ", ") + std::string(texts[i]);
  }
  if (texts.size() <= kNamed) return list;
  return list + " and " + std::to_string(texts.size() - kNamed) + " more";
}

PeerRow row_of(const Device& device, const Peer& peer, const PeerStatus& status, WallTime now) {
  std::string allowed;
  for (const Cidr& cidr : device.prefixes_of(peer)) {
    allowed += (allowed.empty() ? "" : ", ") + to_string(cidr);
  }
  const Record* record = status.record;
  return {principal_of(peer.public_key, record),
          to_string(peer.public_key),
          std::string(record != nullptr ? to_string(record->status) : "unknown"),
          status.session_up ? "up" : "-",
          peer.has_handshake() ? age_text(peer.last_handshake, now) : "never",
          bytes_text(peer.received_bytes),
          bytes_text(peer.sent_bytes),
          peer.endpoint.known() ? to_string(peer.endpoint) : "-",
          allowed.empty() ? "(none)" : allowed};
}

}  // namespace

std::string count_of(std::size_t count, std::string_view one, std::string_view many) {
  return std::to_string(count) + ' ' + std::string(count == 1 ? one : many);
}

std::string place_text(std::string_view gateway, std::string_view netns,
                       std::string_view interface) {
  if (netns.empty() && interface.empty()) return std::string(gateway);
  return to_string(Place{std::string(gateway), std::string(netns),
                         interface.empty() ? "*" : std::string(interface)});
}

std::string subject_text(const ReportModel& model) {
  return model.of_many() ? count_of(model.gateways.size(), "gateway", "gateways")
                         : model.gateways.front().view->gateway;
}

std::string counts_text(const ReportModel& model) {
  std::string counts;
  for (auto level = kSeverities; level > 0; --level) {
    const std::size_t count = model.open_count[level];
    if (count == 0) continue;
    counts += (counts.empty() ? " (" : ", ") + std::to_string(count) + ' ' +
              std::string(to_string(static_cast<Severity>(level)));
  }
  if (!counts.empty()) counts += ')';
  std::string text = std::to_string(model.open.size()) + " open" + counts;
  if (!model.accepted.empty()) {
    text += ", " + std::to_string(model.accepted.size()) + " accepted";
  }
  return text;
}

std::string who_text(const ReportFinding& finding) {
  std::string text = finding.finding->principal;
  const Record* record = finding.record;
  if (text.empty() || record == nullptr) return text;
  text += " (" + std::string(to_string(record->kind));
  if (!record->device.empty()) text += ", device " + record->device;
  if (!record->owner.empty()) text += ", owner " + record->owner;
  return text + ')';
}

std::string where_text(const ReportFinding& finding) { return first_few(finding.where); }

std::string_view since_label(const ReportModel& model) {
  return model.memory != nullptr ? "since" : "seen at";
}

std::string since_text(const ReportModel& model, const ReportFinding& finding) {
  const std::string text = to_rfc3339(finding.finding->since);
  const bool first_seen = model.memory != nullptr && finding.finding->since == model.generated_at;
  return first_seen ? text + ", first seen by this audit" : text;
}

std::string reason_text(const ReportFinding& finding) {
  return finding.exception != nullptr ? finding.exception->reason : "";
}

std::string until_text(const ReportFinding& finding) {
  const Exception* exception = finding.exception;
  if (exception == nullptr) return "not known: it is no longer in the inventory";
  return exception->until ? to_rfc3339(*exception->until) : "without end";
}

std::string memory_text(const ReportModel& model) {
  if (model.memory == nullptr) {
    return "none: of each finding it is known that it was there at the time of this audit, not "
           "since when";
  }
  return model.memory->directory +
         (model.memory->written ? ", last written " + to_rfc3339(*model.memory->written) : "");
}

std::string looked_at_text(const InOrder& rule) {
  struct Unit {
    std::string_view one, many;
  };
  static constexpr std::array<Unit, 7> kUnits{{{"peer", "peers"},
                                               {"record", "records"},
                                               {"interface", "interfaces"},
                                               {"interface", "interfaces"},
                                               {"source", "sources"},
                                               {"inventory", "inventories"},
                                               {"listener", "listeners"}}};
  const Unit& unit = kUnits[static_cast<std::size_t>(rule.scope)];
  return count_of(rule.looked_at, unit.one, unit.many);
}

std::string gateways_text(const NotChecked& list) { return first_few(list.gateways); }

std::string interface_text(const Device& device) {
  std::string text = device.implementation == Implementation::unknown
                         ? "kernel or userspace not known"
                         : std::string(to_string(device.implementation));
  if (device.link) {
    text += std::string(device.link->up ? ", up" : ", down") + ", mtu " +
            std::to_string(device.link->mtu_bytes);
  }
  if (device.listen_port != 0) text += ", port " + std::to_string(device.listen_port);
  if (device.public_key) text += ", public key " + to_string(*device.public_key);
  return text;
}

std::vector<PeerRow> peer_rows(const ReportModel& model, const JudgedDevice& judged) {
  std::vector<PeerRow> rows;
  const Device& device = *judged.device;
  rows.reserve(device.peers.size());
  for (std::size_t i = 0; i < device.peers.size(); ++i) {
    if (!is_reported(model.options, device.peers[i], judged.peers[i])) continue;
    rows.push_back(row_of(device, device.peers[i], judged.peers[i], model.generated_at));
  }
  std::ranges::sort(rows);
  return rows;
}

}  // namespace wgaudit
