// The parts of pages. Each appends HTML. Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "exporter/pages/finding_list.hpp"
#include "exporter/pages/parameters.hpp"
#include "exporter/pages/peer_list.hpp"
#include "exporter/pages/site.hpp"

namespace wgaudit {

// Counts by severity, each a link to those findings.
void append_finding_counts(std::string& out, const FindingTotals& totals);
// Open findings by severity and rule, each with reason, remedy and a few of its subjects.
void append_findings_section(std::string& out, const View& view);
// Rows of findings, with what they are about. `with_rule`: the rows are of several rules.
void append_finding_table(std::string& out, const View& view,
                          std::span<const Finding* const> findings, std::string_view caption,
                          bool with_rule);

// Peers with their filters, a page of them. An error names the parameter.
[[nodiscard]] std::expected<void, BadParameter> append_peers_section(std::string& out,
                                                                     const PageRequest& request);

// Collectors, interfaces, inventory, state and sinks.
void append_health_section(std::string& out, const View& view, const DeliveryHealth& delivery,
                           WallTime now);

// Who a peer is, its key, its connection; its prefixes against the inventory.
void append_peer_facts(std::string& out, const View& view, const ListedPeer& row);
void append_allowed_ips(std::string& out, const View& view, const ListedPeer& row);
// Its past: sessions, addresses, events, findings that closed.
void append_history(std::string& out, const HistoryAnswer& past);

}  // namespace wgaudit
