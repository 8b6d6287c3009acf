// Peers and findings, as the last poll had them.
#include <array>

#include "collectors/model/number.hpp"
#include "exporter/codec/report_members.hpp"
#include "exporter/pages/api_parts.hpp"
#include "exporter/pages/cursor.hpp"
#include "exporter/pages/parameters.hpp"

namespace wgaudit {
namespace {

constexpr std::string_view kBadCursor = "not one of an answer with the same order";

// The order, what the peer had of what it is sorted by, and the peer.
std::string cursor_of(const PeerPosition& at, const PeerOrder& order) {
  return encode_cursor({to_string(order), at.text, std::to_string(at.number), at.device.first,
                        at.device.second, to_string(at.public_key)});
}

Checked<std::optional<PeerPosition>> peer_position(const Query& query, const PeerOrder& order) {
  const std::string_view text = query["cursor"];
  if (text.empty()) return std::nullopt;
  const auto fields = decode_cursor(text);
  const std::unexpected<BadParameter> bad({"cursor", std::string(kBadCursor)});
  if (!fields || fields->size() != 6 || (*fields)[0] != to_string(order)) return bad;
  const auto number = parse_number<std::uint64_t>((*fields)[2]);
  const auto key = parse_key((*fields)[5]);
  if (!number || !key) return bad;
  return PeerPosition{(*fields)[1], *number, {(*fields)[3], (*fields)[4]}, *key};
}

void write_peer(JsonWriter& out, const View& view, const ListedPeer& row, const PeerList& list) {
  const Device& device = *row.judged->device;
  const WallTime first_seen = row.status->first_seen;
  out.begin_object();
  out.text("netns", device.netns);
  out.text("interface", device.name);
  write_peer_members(out, view, device, *row.peer, *row.status);
  out.text_or_null("first_seen", first_seen == WallTime{} ? "" : to_rfc3339(first_seen));
  out.number("sessions_total", row.status->sessions);
  out.number("endpoint_changes_total", row.status->endpoint_changes);
  out.key("findings");  // open ones, by rule
  out.begin_array(JsonWriter::Layout::inline_);
  for (const Finding* finding : list.findings_of(row)) {
    if (!finding->accepted) out.text(rule_info(finding->identity.rule).name);
  }
  out.end_array();
  out.end_object();
}

std::string cursor_of(const Finding& finding) {
  const FindingIdentity& identity = finding.identity;
  return encode_cursor(
      {std::to_string(static_cast<int>(finding.severity)),
       std::to_string(static_cast<int>(identity.rule)), identity.netns, identity.interface,
       identity.public_key ? to_string(*identity.public_key) : "", identity.subject});
}

Checked<std::optional<FindingPosition>> finding_position(const Query& query) {
  const std::string_view text = query["cursor"];
  if (text.empty()) return std::nullopt;
  const std::unexpected<BadParameter> bad({"cursor", std::string(kBadCursor)});
  const auto fields = decode_cursor(text);
  if (!fields || fields->size() != 6) return bad;
  const auto severity = parse_number<std::uint8_t>((*fields)[0]);
  const auto rule = parse_number<std::uint8_t>((*fields)[1]);
  const auto key = parse_key((*fields)[4]);
  if (!severity || !rule || (!key && !(*fields)[4].empty())) return bad;
  return FindingPosition{
      static_cast<Severity>(*severity),
      {static_cast<RuleId>(*rule), (*fields)[2], (*fields)[3], key, (*fields)[5]}};
}

}  // namespace

Page api_peers(const PageRequest& request) {
  constexpr std::array<std::string_view, 10> kNames{"limit",     "cursor", "sort", "q",
                                                    "session",   "status", "role", "principal",
                                                    "interface", "finding"};
  const Query& query = request.query;
  if (const auto known = allow_only(query, kNames); !known) return json_error(known.error());
  const auto filter = peer_filter_of(query);
  if (!filter) return json_error(filter.error());
  const auto order = peer_order_of(query);
  if (!order) return json_error(order.error());
  const auto limit = number_of(query, "limit", kMostRows, kRows);
  if (!limit) return json_error(limit.error());
  const auto position = peer_position(query, *order);
  if (!position) return json_error(position.error());
  if (request.view == nullptr) return not_polled_yet();

  PeerList list = list_peers(*request.view, *filter);
  const std::size_t total = list.rows.size();
  const auto rows = first_peers(list.rows, *order, *limit + 1, *position);
  JsonWriter out;
  begin_answer(out, *request.view);
  out.number("total", total);
  out.key("peers");
  out.begin_array();
  for (const ListedPeer& row : rows.first(std::min(rows.size(), *limit))) {
    write_peer(out, *request.view, row, list);
  }
  out.end_array();
  const bool more = rows.size() > *limit;
  write_cursor(out, more ? cursor_of(position_of(rows[*limit - 1], *order), *order) : "");
  out.end_object();
  return json_page(out.take());
}

Page api_findings(const PageRequest& request) {
  constexpr std::array<std::string_view, 10> kNames{"limit",    "cursor",       "q",    "state",
                                                    "severity", "min_severity", "rule", "interface",
                                                    "key",      "principal"};
  const Query& query = request.query;
  if (const auto known = allow_only(query, kNames); !known) return json_error(known.error());
  const auto filter = finding_filter_of(query);
  if (!filter) return json_error(filter.error());
  const auto limit = number_of(query, "limit", kMostRows, kRows);
  if (!limit) return json_error(limit.error());
  const auto position = finding_position(query);
  if (!position) return json_error(position.error());
  if (request.view == nullptr) return not_polled_yet();

  auto findings = list_findings(*request.view, *filter);
  const std::size_t total = findings.size();
  const std::optional<FindingPosition>& behind = *position;
  if (behind) keep_behind(findings, *behind);
  JsonWriter out;
  begin_answer(out, *request.view);
  out.number("total", total);
  out.key("findings");
  out.begin_array();
  const std::size_t shown = std::min(findings.size(), *limit);
  for (std::size_t i = 0; i < shown; ++i) {
    out.begin_object();
    write_finding_members(out, *findings[i]);
    out.end_object();
  }
  out.end_array();
  write_cursor(out, shown < findings.size() ? cursor_of(*findings[shown - 1]) : "");
  out.end_object();
  return json_page(out.take());
}

}  // namespace wgaudit
