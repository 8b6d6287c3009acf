// The inventory: who each key belongs to and what it may do (SPEC of the file: exporter/codec).
//
// Values with public fields and an index by key. Immutable once built; read by any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "collectors/model/cidr.hpp"
#include "collectors/model/key.hpp"
#include "collectors/model/time.hpp"

namespace wgaudit {

enum class Kind : std::uint8_t { user, device, service, gateway };
enum class Status : std::uint8_t { active, unreviewed, disabled, revoked };
inline constexpr std::size_t kStatuses = 4;
[[nodiscard]] std::string_view to_string(Kind kind);
[[nodiscard]] std::string_view to_string(Status status);
[[nodiscard]] std::optional<Kind> parse_kind(std::string_view text);
[[nodiscard]] std::optional<Status> parse_status(std::string_view text);

// `GATEWAY/[NETNS:]INTERFACE`; gateway and interface may be `*`.
struct Place {
  std::string gateway;
  std::string netns;
  std::string interface;
  friend bool operator==(const Place&, const Place&) = default;
};
[[nodiscard]] std::optional<Place> parse_place(std::string_view text);
[[nodiscard]] std::string to_string(const Place& place);
// Whether the place, wildcards included, covers this interface.
[[nodiscard]] bool covers(const Place& place, std::string_view gateway, std::string_view netns,
                          std::string_view interface);

// `"always_on": true`, or a list of the gateways where the peer must be on.
struct AlwaysOn {
  bool everywhere = false;
  std::vector<std::string> gateways;
  [[nodiscard]] bool at(std::string_view gateway) const;
  friend bool operator==(const AlwaysOn&, const AlwaysOn&) = default;
};

// One layer of policy; absent = this layer does not say. Resolved peer → role → file → built-in.
struct PolicySettings {
  std::optional<Duration> session_timeout, stale_after, dormant_after, rotation_overlap,
      max_key_age, posture_max_age;
  std::optional<std::uint8_t> min_prefix_length_ipv4, min_prefix_length_ipv6;
  std::optional<bool> require_preshared_key, require_posture;
  std::optional<std::uint64_t> traffic_floor;  // bytes a minute
  std::optional<AlwaysOn> always_on;
  friend bool operator==(const PolicySettings&, const PolicySettings&) = default;
};

// What holds for one record after resolution. Defaults are the built-in ones.
struct Policy {
  Duration session_timeout = std::chrono::seconds{180};
  Duration stale_after = std::chrono::minutes{5};
  Duration dormant_after = std::chrono::days{30};
  Duration rotation_overlap = std::chrono::days{7};
  std::optional<Duration> max_key_age;
  Duration posture_max_age = std::chrono::hours{24};
  std::uint8_t min_prefix_length_ipv4 = 32;
  std::uint8_t min_prefix_length_ipv6 = 128;
  bool require_preshared_key = false;
  bool require_posture = false;
  std::uint64_t traffic_floor = 1'000'000;
  const AlwaysOn* always_on = nullptr;  // points into the inventory; null: not always on
};

struct Posture {
  bool compliant = false;
  std::optional<WallTime> checked_at;
  friend bool operator==(const Posture&, const Posture&) = default;
};

// An accepted exception (waiver): the rule's findings on this key are `accepted` until then.
struct Exception {
  std::string rule;
  std::string reason;
  std::optional<WallTime> until;
  friend bool operator==(const Exception&, const Exception&) = default;
};

// Where a record stands in its file, for problems: file by index, position in its list, "/peers".
struct RecordSource {
  std::uint32_t file = 0;
  std::uint32_t position = 0;
  friend bool operator==(const RecordSource&, const RecordSource&) = default;
};

struct Record {
  static constexpr std::uint32_t kNone = 0xffffffff;

  Key public_key;
  Kind kind = Kind::user;
  Status status = Status::active;
  RecordSource source;
  std::uint32_t role = kNone;    // index into Inventory::roles
  std::uint32_t policy = kNone;  // index into Inventory::record_policies
  std::string principal, device, owner, comment;
  std::optional<WallTime> revoked_at, issued_at, expires_at;
  std::optional<Key> replaces;
  // Absent = not checked; empty = none allowed.
  std::optional<std::vector<Place>> at;
  std::optional<std::vector<Cidr>> allowed_ips, allowed_ips_max, endpoints;
  std::optional<Posture> posture;
  std::vector<std::pair<std::string, std::string>> tags;
  std::vector<Exception> exceptions;
};

// Whether `at` of the record covers the interface; false where it has none.
[[nodiscard]] bool allows(const Record& record, std::string_view gateway, std::string_view netns,
                          std::string_view interface);

struct InventoryRole {
  std::string name;
  PolicySettings settings;
};

struct GatewayInterface {
  std::string name;
  std::string netns;
  std::optional<Key> public_key;
  std::optional<WallTime> issued_at;
};

struct Gateway {
  std::string name;
  std::string address;
  std::vector<std::pair<std::string, std::string>> labels;
  std::vector<GatewayInterface> interfaces;
  RecordSource source{};  // position in "/gateways"
};

struct Problem {
  enum class Severity : std::uint8_t { warning, error };
  Severity severity = Severity::error;
  std::string file;
  std::string pointer;  // RFC 6901, "/peers/3/allowed_ips/0"
  std::string reason;
  friend bool operator==(const Problem&, const Problem&) = default;
};
[[nodiscard]] std::string to_string(const Problem& problem);  // "FILE: POINTER: reason"
[[nodiscard]] bool has_errors(const std::vector<Problem>& problems);

struct Inventory {
  std::string path;    // as it was asked for
  std::string sha256;  // of the file's bytes (a directory: of all, in name order), hex
  std::vector<std::string> files;
  std::uint32_t policy_file = 0, roles_file = 0;  // by index: where they stand, if anywhere
  PolicySettings policy;
  std::vector<InventoryRole> roles;
  std::vector<PolicySettings> record_policies;
  std::vector<Gateway> gateways;
  std::vector<Record> records;

  // Builds the index. REQUIRES: called once, after `records` is final and free of double keys.
  void build_index();
  [[nodiscard]] const Record* find(const Key& key) const;
  [[nodiscard]] const Gateway* gateway(std::string_view name) const;
  [[nodiscard]] std::string_view role_name(const Record& record) const;
  // Effective policy of a record; without one, file and built-in.
  [[nodiscard]] Policy resolve(const Record* record) const;

 private:
  std::unordered_map<Key, std::uint32_t, KeyHash> index_;
};

// The exception of the record that accepts findings of the rule now; null: there is none.
[[nodiscard]] const Exception* find_exception(const Record& record, std::string_view rule_name,
                                              WallTime now);

// What people call whoever the key belongs to: the principal, or `unknown:<first 8>`.
[[nodiscard]] std::string principal_of(const Key& key, const Record* record);

// What only the whole inventory can show: one key with two different records, two active keys of
// one device without `replaces`, reserved principals, a session timeout under 180 s, references to
// rules, roles and gateways that do not exist. Called before build_index().
[[nodiscard]] std::vector<Problem> check(const Inventory& inventory);

}  // namespace wgaudit
