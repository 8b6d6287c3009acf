#include "tests/support/history_model.hpp"

#include <algorithm>
#include <tuple>

namespace wgaudit::test {

FindingRecord* HistoryModel::open(const FindingIdentity& identity) {
  const auto found = std::ranges::find_if(findings_, [&](const FindingRecord& record) {
    return record.finding.identity == identity && !record.closed;
  });
  return found == findings_.end() ? nullptr : &*found;
}

KeyRecord* HistoryModel::present(const DeviceId& device, const Key& key) {
  const auto found = std::ranges::find_if(keys_, [&](const KeyRecord& record) {
    return record.device == device && record.public_key == key && !record.removed;
  });
  return found == keys_.end() ? nullptr : &*found;
}

void HistoryModel::apply_findings(const Delta& delta) {
  for (const ClosedFinding& closed : delta.findings_closed) {
    FindingRecord* record = open(closed.identity);
    if (record == nullptr) continue;
    record->closed = closed.closed;
    record->close_reason = closed.reason;
  }
  for (const Finding& finding : delta.findings_changed) {
    if (FindingRecord* record = open(finding.identity)) {
      record->finding = finding;
    } else {
      findings_.push_back({finding, std::nullopt, ""});
    }
  }
}

void HistoryModel::apply_keys(const Delta& delta) {
  for (const auto& [from, to] : delta.renamed) {
    for (KeyRecord& record : keys_) {
      if (record.device != from || record.removed) continue;
      if (present(to, record.public_key) == nullptr) record.device = to;
    }
  }
  for (const KeyRecord& key : delta.keys) {
    if (KeyRecord* record = present(key.device, key.public_key)) {
      record->principal = key.principal;
      record->last_seen = key.last_seen;
      record->removed = key.removed;
    } else {
      keys_.push_back(key);
    }
  }
  for (const KeyOwner& owner : delta.key_owners) {
    if (KeyRecord* record = present(owner.device, owner.public_key)) {
      record->principal = owner.principal;
    }
  }
}

void HistoryModel::apply(const Delta& delta) {
  for (const SessionRecord& session : delta.sessions) sessions_[session.number] = session;
  for (const EndpointRecord& seen : delta.endpoints) {
    const auto [at, added] = endpoints_.try_emplace({seen.session, to_string(seen.address)}, seen);
    if (!added) at->second.last_seen = seen.last_seen;
  }
  apply_findings(delta);
  apply_keys(delta);
}

std::vector<SessionRecord> HistoryModel::sessions() const {
  std::vector<SessionRecord> all;
  for (const auto& [number, session] : sessions_) all.push_back(session);
  return all;
}

std::vector<SeenEndpoint> HistoryModel::endpoints() const {
  std::vector<SeenEndpoint> all;
  for (const auto& [id, seen] : endpoints_) {
    const SessionRecord& session = sessions_.at(seen.session);
    all.push_back({seen, session.device, session.public_key, session.principal});
  }
  std::ranges::sort(all, {}, [](const SeenEndpoint& seen) {
    return std::pair(seen.endpoint.session, seen.endpoint.first_seen);
  });
  return all;
}

}  // namespace wgaudit::test
