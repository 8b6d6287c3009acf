// The words that all forms of a report share. Raw: each form escapes what it prints.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "exporter/codec/report.hpp"

namespace wgaudit {

[[nodiscard]] std::string count_of(std::size_t count, std::string_view one, std::string_view many);
// "gw1/blue:wg0", as `at` writes it; "gw1/blue:*" of a namespace, "gw1" of the whole gateway.
[[nodiscard]] std::string place_text(std::string_view gateway, std::string_view netns,
                                     std::string_view interface);
// "gw1", or "3 gateways".
[[nodiscard]] std::string subject_text(const ReportModel& model);
// "2 open (1 critical, 1 high), 1 accepted"
[[nodiscard]] std::string counts_text(const ReportModel& model);
// "eve (user, device eve-mbp, owner it@example.org)"; "" when the finding is about nobody.
[[nodiscard]] std::string who_text(const ReportFinding& finding);
[[nodiscard]] std::string where_text(const ReportFinding& finding);
// "since", or "seen at" where nothing is known of the time before.
[[nodiscard]] std::string_view since_label(const ReportModel& model);
[[nodiscard]] std::string since_text(const ReportModel& model, const ReportFinding& finding);
// Why it is accepted, and until when.
[[nodiscard]] std::string reason_text(const ReportFinding& finding);
[[nodiscard]] std::string until_text(const ReportFinding& finding);
[[nodiscard]] std::string memory_text(const ReportModel& model);
// "200 peers"
[[nodiscard]] std::string looked_at_text(const InOrder& rule);
// The first few, "and 480 more"; "" where it is everywhere.
[[nodiscard]] std::string gateways_text(const NotChecked& list);

// "kernel, up, mtu 1420, port 51820, public key …"
[[nodiscard]] std::string interface_text(const Device& device);
// What one peer is, in the order of kPeerColumns.
inline constexpr std::array<std::string_view, 9> kPeerColumns{
    "Principal", "Key",  "Status",   "Session",    "Handshake",
    "Received",  "Sent", "Endpoint", "Allowed IPs"};
using PeerRow = std::array<std::string, kPeerColumns.size()>;
// The rows of the peers that the options leave, by principal, then as keys are read.
[[nodiscard]] std::vector<PeerRow> peer_rows(const ReportModel& model, const JudgedDevice& judged);

}  // namespace wgaudit
