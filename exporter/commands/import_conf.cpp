#include "exporter/commands/import_conf.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <unordered_map>

#include "collectors/model/text.hpp"
#include "collectors/wgconf/text_parts.hpp"

namespace wgaudit {
namespace {

using Severity = Problem::Severity;

constexpr std::size_t kMaxName = 256;  // bytes, as the inventory has it
constexpr std::string_view kNameTag = "friendly_name";

// Members of friendly_json that have a field. Of those for the principal the first that is there
// is taken, the others become tags.
struct JsonField {
  std::string_view member;  // of any case
  std::string_view field;
};
constexpr JsonField kJsonFields[] = {
    {"principal", "principal"}, {"name", "principal"}, {"friendly_name", "principal"},
    {"username", "principal"},  {"user", "principal"}, {"device", "device"},
    {"owner", "owner"},         {"kind", "kind"},      {"comment", "comment"},
};

// One key, as all files together have it.
struct Collected {
  ImportRow row;
  std::vector<std::string> at;
  bool place_unknown = false;
  std::set<Cidr> allowed_ips;
  std::size_t peers = 0, with_preshared_key = 0;
};

class Importer {
 public:
  void add(const ConfSource& source) {
    for (const ConfProblem& problem : source.conf.problems) {
      problems_.push_back({problem.fatal ? Severity::error : Severity::warning, source.file,
                           problem.line, 0, std::string(problem.field), std::string(problem.why)});
    }
    note_interface(source);
    for (const ConfPeer& peer : source.conf.peers) add_peer(source, peer);
  }

  Imported finish() {
    std::vector<ImportRow> rows;
    for (Collected& collected : collected_) rows.push_back(finished(collected));
    Imported imported;
    const auto is_error = [](const ImportProblem& p) { return p.severity == Severity::error; };
    if (std::ranges::none_of(problems_, is_error)) imported = import_inventory(rows, gateways_);
    imported.problems.insert(imported.problems.begin(), problems_.begin(), problems_.end());
    return imported;
  }

 private:
  void warn(const std::string& file, std::size_t line, std::string_view field, std::string why) {
    problems_.push_back({Severity::warning, file, line, 0, std::string(field), std::move(why)});
  }

  void note_interface(const ConfSource& source) {
    if (source.interface.empty()) {
      const char* why = source.conf.networkd
                            ? "no Name= in [NetDev]: its peers get no \"at\""
                            : "the file's name is no interface's: its peers get no \"at\"";
      if (!source.conf.peers.empty()) warn(source.file, 0, "", why);
      return;
    }
    auto gateway = std::ranges::find(gateways_, source.gateway, &ImportGateway::name);
    if (gateway == gateways_.end()) gateway = gateways_.insert(gateway, {source.gateway, {}});
    if (std::ranges::find(gateway->interfaces, source.interface) == gateway->interfaces.end()) {
      gateway->interfaces.push_back(source.interface);
    }
  }

  // What has no key was said when it was read.
  void add_peer(const ConfSource& source, const ConfPeer& peer) {
    if (!peer.public_key) return;
    const auto [found, fresh] = by_key_.try_emplace(*peer.public_key, collected_.size());
    if (fresh) {
      Collected& collected = collected_.emplace_back();
      collected.row.file = source.file;
      collected.row.line = peer.line;
      collected.row.set("public_key", {to_string(*peer.public_key)}, peer.key_line);
    }
    Collected& collected = collected_[found->second];
    if (source.interface.empty()) {
      collected.place_unknown = true;
    } else {
      std::string place = to_string(Place{source.gateway, "", source.interface});
      if (std::ranges::find(collected.at, place) == collected.at.end()) {
        collected.at.push_back(std::move(place));
      }
    }
    collected.allowed_ips.insert(peer.allowed_ips.begin(), peer.allowed_ips.end());
    ++collected.peers;
    if (peer.has_preshared_key) ++collected.with_preshared_key;
    // A name that was given as such goes before one within JSON.
    for (const auto kind : {FriendlyNote::Kind::name, FriendlyNote::Kind::json}) {
      for (const FriendlyNote& note : peer.notes) {
        if (note.kind == kind) add_note(source.file, note, collected.row);
      }
    }
  }

  void add_note(const std::string& file, const FriendlyNote& note, ImportRow& row) {
    if (note.kind == FriendlyNote::Kind::name) {
      return add_name(file, note.line, kNameTag, note.text, row);
    }
    FriendlyJson json = parse_friendly_json(note.text);
    if (!json.why.empty()) return warn(file, note.line, "friendly_json", std::string(json.why));
    if (json.refused != 0) {
      warn(file, note.line, "friendly_json",
           std::to_string(json.refused) + " of its members are no text, number or truth value; " +
               "they are left out");
    }
    for (const auto& [member, field] : kJsonFields)
      take_members(file, note.line, member, field, json, row);
    for (const auto& [name, value] : json.members) add_tag(file, note.line, name, value, row);
  }

  // Those members of this name, and no more among the members then.
  void take_members(const std::string& file, std::size_t line, std::string_view member,
                    std::string_view field, FriendlyJson& json, ImportRow& row) {
    std::erase_if(json.members, [&](const auto& pair) {
      if (!same_word(pair.first, member)) return false;
      if (field == "principal") {
        add_name(file, line, pair.first, pair.second, row);
      } else {
        add_field(file, line, field, pair.first, pair.second, row);
      }
      return true;
    });
  }

  void add_name(const std::string& file, std::size_t line, std::string_view member,
                const std::string& name, ImportRow& row) {
    if (name.empty()) return warn(file, line, member, "is empty");
    const ImportCell* taken = row.find("principal");
    if (taken != nullptr) {
      if (taken->items.front() == name) return;
      warn(file, line, member,
           "another name than the one of line " + std::to_string(taken->line) +
               (file == row.file ? "" : " of " + row.file) + ": kept as a tag");
      return add_tag(file, line, member, name, row);
    }
    std::string_view why;
    if (name.starts_with("unknown:")) why = "begins with \"unknown:\", which is reserved";
    if (name.size() > kMaxName) why = "is longer than 256 bytes";
    if (!why.empty()) {
      warn(file, line, member, std::string(why) + ": kept as a tag");
      return add_tag(file, line, member, name, row);
    }
    if (holds_key(file, line, member, name)) return;
    if (to_valid_utf8(name) != name) {
      warn(file, line, member, "is not UTF-8: what is not is replaced");
    }
    row.set("principal", {to_valid_utf8(name)}, line);
  }

  void add_field(const std::string& file, std::size_t line, std::string_view field,
                 std::string_view member, const std::string& value, ImportRow& row) {
    const bool fits = !value.empty() && value.size() <= kMaxName && row.find(field) == nullptr &&
                      (field != "kind" || parse_kind(value));
    if (!fits) return add_tag(file, line, member, value, row);
    if (!holds_key(file, line, member, value)) row.set(field, {value}, line);
  }

  void add_tag(const std::string& file, std::size_t line, std::string_view name,
               const std::string& value, ImportRow& row) {
    if (name.empty() || name.size() > kMaxName - 8) {
      return warn(file, line, "friendly_json", "a member without a usable name is left out");
    }
    if (holds_key(file, line, "friendly_json", std::string(name)) ||
        holds_key(file, line, "friendly_json", value)) {
      return;
    }
    row.add_tag(name, value);
  }

  // What an escape within JSON may have hidden from the decoder.
  bool holds_key(const std::string& file, std::size_t line, std::string_view member,
                 const std::string& text) {
    if (!may_hold_key(text)) return false;
    warn(file, line, may_hold_key(member) ? "friendly_json" : member,
         "has the form of a key, and is not taken");
    return true;
  }

  ImportRow finished(Collected& collected) {
    ImportRow& row = collected.row;
    if (!collected.place_unknown) row.set("at", collected.at);
    std::vector<std::string> prefixes;
    for (const Cidr& prefix : collected.allowed_ips) prefixes.push_back(to_string(prefix));
    row.set("allowed_ips", std::move(prefixes));
    if (collected.with_preshared_key == collected.peers) {
      row.set("require_preshared_key", {"true"});
    } else if (collected.with_preshared_key != 0) {
      warn(row.file, row.line, "PresharedKey",
           "not everywhere that this key is configured: none is required");
    }
    return std::move(row);
  }

  std::vector<Collected> collected_;
  std::unordered_map<Key, std::size_t, KeyHash> by_key_;
  std::vector<ImportGateway> gateways_;
  std::vector<ImportProblem> problems_;
};

}  // namespace

Imported import_confs(std::vector<ConfSource> sources) {
  Importer importer;
  for (const ConfSource& source : sources) importer.add(source);
  return importer.finish();
}

}  // namespace wgaudit
