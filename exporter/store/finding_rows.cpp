#include <algorithm>
#include <limits>
#include <string_view>

#include "audit/rules.hpp"
#include "exporter/store/memory_rows.hpp"

namespace wgaudit {
namespace {

constexpr std::string_view kPut =
    "INSERT OR REPLACE INTO findings (rule, netns, interface, public_key, subject, severity,"
    " principal, since, detail, accepted, evidence) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
constexpr std::string_view kRemove =
    "DELETE FROM findings WHERE rule = ? AND netns = ? AND interface = ? AND public_key = ?"
    " AND subject = ?";
constexpr std::string_view kLoad =
    "SELECT rule, netns, interface, public_key, subject, severity, principal, since, detail,"
    " accepted, evidence FROM findings";

Bound key_or_empty(const std::optional<Key>& key) { return key ? Bound(*key) : Bound(Blob{}); }

DepartedId read_departed_id(Columns& row) {
  DepartedId id;
  id.first.first = row.text();
  id.first.second = row.text();
  id.second = row.key();
  return id;
}

}  // namespace

bool is_known(RuleId rule) {
  return std::ranges::any_of(rules(), [&](const RuleInfo& info) { return info.id == rule; });
}

Finding read_finding(Columns& row) {
  Finding finding;
  FindingIdentity& identity = finding.identity;
  identity.rule = row.enumerator(RuleId{1}, RuleId{std::numeric_limits<std::uint8_t>::max()});
  identity.netns = row.text();
  identity.interface = row.text();
  identity.public_key = row.key_unless_empty();
  identity.subject = row.text();
  finding.severity = row.enumerator(Severity::info, Severity::critical);
  finding.principal = row.text();
  finding.since = row.wall();
  finding.detail = row.text();
  finding.accepted = row.flag();
  finding.evidence = row.narrow<std::uint32_t>();
  return finding;
}

FindingRows::FindingRows(Database& database)
    : database_(database),
      put_(database, kPut),
      remove_(database, kRemove),
      load_(database, kLoad) {}

bool FindingRows::put(const Finding& finding) {
  const auto& [identity, severity, principal, since, detail, accepted, evidence] = finding;
  return put_.run({identity.rule, identity.netns, identity.interface,
                   key_or_empty(identity.public_key), identity.subject, severity, principal, since,
                   detail, accepted, evidence});
}

bool FindingRows::remove(const FindingIdentity& identity) {
  return remove_.run({identity.rule, identity.netns, identity.interface,
                      key_or_empty(identity.public_key), identity.subject});
}

bool FindingRows::load(std::vector<Finding>& findings) {
  load_.start();
  while (auto row = load_.next()) {
    Finding finding = read_finding(*row);
    if (!row->sound()) {
      database_.note_corrupt("a finding that makes no sense");
      load_.finish();
      return false;
    }
    if (is_known(finding.identity.rule)) findings.push_back(std::move(finding));
  }
  std::ranges::sort(findings, {}, &Finding::identity);
  return !database_.failed();
}

DepartedRows::DepartedRows(Database& database)
    : database_(database),
      put_(database,
           "INSERT OR REPLACE INTO departed (netns, interface, public_key, last_handshake,"
           " last_handshake_boot) VALUES (?, ?, ?, ?, ?)"),
      remove_(database,
              "DELETE FROM departed WHERE netns = ? AND interface = ? AND public_key = ?"),
      load_(database,
            "SELECT netns, interface, public_key, last_handshake, last_handshake_boot"
            " FROM departed") {}

bool DepartedRows::put(const DepartedId& id, const Departed& departed) {
  const auto& [device, key] = id;
  const auto& [last_handshake, last_handshake_boot] = departed;
  return put_.run({device.first, device.second, key, last_handshake, last_handshake_boot});
}

bool DepartedRows::remove(const DepartedId& id) {
  const auto& [device, key] = id;
  return remove_.run({device.first, device.second, key});
}

bool DepartedRows::load(std::map<DepartedId, Departed>& departed) {
  load_.start();
  while (auto row = load_.next()) {
    DepartedId id = read_departed_id(*row);
    const WallTime last_handshake = row->wall();
    const BootTime last_handshake_boot = row->boot();
    if (!row->sound()) {
      database_.note_corrupt("a departed peer that makes no sense");
      load_.finish();
      return false;
    }
    departed.insert_or_assign(std::move(id), Departed{last_handshake, last_handshake_boot});
  }
  return !database_.failed();
}

}  // namespace wgaudit
