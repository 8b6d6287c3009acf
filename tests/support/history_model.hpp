// What the history has to hold after a row of deltas, kept without a database.
#pragma once

#include <map>
#include <utility>
#include <vector>

#include "audit/memory.hpp"

namespace wgaudit::test {

class HistoryModel {
 public:
  void apply(const Delta& delta);
  // As StoreReader gives them.
  [[nodiscard]] std::vector<SessionRecord> sessions() const;
  [[nodiscard]] std::vector<SeenEndpoint> endpoints() const;
  [[nodiscard]] const std::vector<FindingRecord>& findings() const { return findings_; }
  [[nodiscard]] const std::vector<KeyRecord>& keys() const { return keys_; }

 private:
  FindingRecord* open(const FindingIdentity& identity);
  KeyRecord* present(const DeviceId& device, const Key& key);
  void apply_findings(const Delta& delta);
  void apply_keys(const Delta& delta);

  std::map<std::uint64_t, SessionRecord> sessions_;
  std::map<std::pair<std::uint64_t, std::string>, EndpointRecord> endpoints_;
  std::vector<FindingRecord> findings_;
  std::vector<KeyRecord> keys_;
};

}  // namespace wgaudit::test
