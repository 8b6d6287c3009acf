#include "exporter/codec/inventory_json.hpp"

#include <algorithm>
#include <set>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "exporter/codec/inventory_reader.hpp"
#include "exporter/codec/sha256.hpp"

namespace wgaudit {
namespace {

using inventory_format::Draft;
using enum Problem::Severity;

constexpr std::size_t kBytesPerRecord = 160;  // of JSON, for a small record

const std::string& file_of(const Inventory& inventory, const Record& record) {
  return inventory.files[record.source.file];
}
std::string pointer_of(const Record& record) {
  return "/peers/" + std::to_string(record.source.position);
}

const PolicySettings* policy_of(const Inventory& inventory, const Record& record) {
  return record.policy == Record::kNone ? nullptr : &inventory.record_policies[record.policy];
}

// Whether two records say the same in every field.
bool same_content(const Inventory& inventory, const Record& a, const Record& b) {
  const auto fields = [](const Record& r) {
    return std::tie(r.public_key, r.kind, r.status, r.role, r.principal, r.device, r.owner,
                    r.comment, r.revoked_at, r.issued_at, r.expires_at, r.replaces, r.at,
                    r.allowed_ips, r.allowed_ips_max, r.endpoints, r.posture, r.tags, r.exceptions);
  };
  const auto* pa = policy_of(inventory, a);
  const auto* pb = policy_of(inventory, b);
  const bool same_policy = pa == nullptr || pb == nullptr ? pa == pb : *pa == *pb;
  return same_policy && fields(a) == fields(b);
}

// Of records that are the same in everything the first stays. Different ones of one key stay both,
// for check() to refuse.
void drop_identical(Inventory& inventory, std::vector<Problem>& problems) {
  std::unordered_map<Key, std::uint32_t, KeyHash> first;
  first.reserve(inventory.records.size());
  std::vector<bool> drop(inventory.records.size());
  for (std::uint32_t i = 0; i < inventory.records.size(); ++i) {
    const Record& record = inventory.records[i];
    const auto [found, fresh] = first.try_emplace(record.public_key, i);
    if (fresh) continue;
    const Record& other = inventory.records[found->second];
    if (!same_content(inventory, record, other)) continue;
    drop[i] = true;
    const bool same_file = record.source.file == other.source.file;
    problems.push_back({warning, file_of(inventory, record), pointer_of(record),
                        "the same record is there already, at " +
                            (same_file ? "" : file_of(inventory, other) + ": ") +
                            pointer_of(other) + "; this one is ignored"});
  }
  std::size_t i = 0;
  std::erase_if(inventory.records, [&](const Record&) { return drop[i++]; });
}

void check_roles(const Draft& draft, std::vector<Problem>& problems) {
  if (std::ranges::find(draft.role_defined, false) == draft.role_defined.end()) return;
  for (const Record& record : draft.inventory.records) {
    if (record.role == Record::kNone || draft.role_defined[record.role]) continue;
    problems.push_back({error, file_of(draft.inventory, record), pointer_of(record) + "/role",
                        "no such role in \"roles\""});
  }
}

// The reader stops where a text is no JSON; its digest is of all of it.
void read_to_end(const TextSource& source) {
  std::vector<char> buffer(std::size_t{1} << 16U);
  while (source(buffer) != 0) {
  }
}

}  // namespace

struct InventoryParser::State {
  Draft draft;
  Sha256 digest;
  std::vector<Problem> problems;
  std::set<std::string, std::less<>> gateways;  // names of the files so far
  std::size_t gateways_seen = 0;
  std::string policy_file, roles_file;
  bool whole = true;  // all texts could be had

  void check_once(bool seen, std::string& where, std::string_view field, const std::string& file) {
    if (!seen) return;
    if (where.empty()) {
      where = file;
      return;
    }
    problems.push_back({error, file, '/' + std::string(field),
                        "stands in " + where + " already: one file of a directory may have it"});
  }
  void check_gateways(const std::string& file) {
    const auto& all = draft.inventory.gateways;
    for (; gateways_seen < all.size(); ++gateways_seen) {
      const Gateway& gateway = all[gateways_seen];
      if (gateways.insert(gateway.name).second) continue;
      problems.push_back({error, file,
                          "/gateways/" + std::to_string(gateway.source.position) + "/name",
                          "this gateway has an entry already"});
    }
  }
};

InventoryParser::InventoryParser(std::string path) : state_(std::make_unique<State>()) {
  state_->draft.inventory.path = std::move(path);
}
InventoryParser::~InventoryParser() = default;

void InventoryParser::add_problem(Problem problem) {
  state_->whole = false;
  state_->problems.push_back(std::move(problem));
}

void InventoryParser::add(const std::string& file, const TextSource& source,
                          std::size_t size_hint) {
  Inventory& inventory = state_->draft.inventory;
  state_->draft.file = static_cast<std::uint32_t>(inventory.files.size());
  inventory.files.push_back(file);
  // A vector that grows holds its records twice for a moment. Room for more of them than will come
  // costs addresses, not memory: pages that nobody writes to are none.
  inventory.records.reserve(inventory.records.size() + size_hint / kBytesPerRecord);
  const TextSource hashed = [&](std::span<char> buffer) {
    const std::size_t length = source(buffer);
    state_->digest.add({buffer.data(), length});
    return length;
  };
  const auto seen = inventory_format::read_text(inventory_format::inventory_root(), hashed, file,
                                                state_->draft, state_->problems);
  read_to_end(hashed);
  if (seen.policy && state_->policy_file.empty()) inventory.policy_file = state_->draft.file;
  if (seen.roles && state_->roles_file.empty()) inventory.roles_file = state_->draft.file;
  state_->check_once(seen.policy, state_->policy_file, "policy", file);
  state_->check_once(seen.roles, state_->roles_file, "roles", file);
  state_->check_gateways(file);
}

LoadedInventory InventoryParser::finish() {
  Inventory& inventory = state_->draft.inventory;
  LoadedInventory loaded{std::nullopt, std::move(state_->problems), {}, "", false};
  drop_identical(inventory, loaded.problems);
  check_roles(state_->draft, loaded.problems);
  for (Problem& problem : check(inventory)) loaded.problems.push_back(std::move(problem));
  inventory.sha256 = state_->digest.hex();
  if (state_->whole) loaded.sha256 = inventory.sha256;
  if (has_errors(loaded.problems)) {
    for (Record& record : inventory.records) {
      if (record.status == Status::revoked) loaded.revocations.push_back(std::move(record));
    }
    return loaded;
  }
  inventory.build_index();
  loaded.inventory = std::move(inventory);
  return loaded;
}

LoadedInventory parse_inventory(std::string_view text, const std::string& name) {
  InventoryParser parser(name);
  const auto source = [text](std::span<char> buffer) mutable {
    const std::size_t length = text.copy(buffer.data(), buffer.size());
    text.remove_prefix(length);
    return length;
  };
  parser.add(name, source, text.size());
  return parser.finish();
}

}  // namespace wgaudit
