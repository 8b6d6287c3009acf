#include <algorithm>

#include "exporter/config/sink_type.hpp"

namespace wgaudit {
namespace {

using enum ConfigProblem::Severity;

constexpr std::size_t kMaxSinks = 32, kMaxName = 32;

// What a sink of any type may be told.
constexpr SinkKey kCommonKeys[] = {
    {.name = "format",
     .take =
         [](SinkSettings& sink, std::string_view value) {
           const auto format = parse_event_format(value);
           if (format) sink.format = *format;
           return Reason{format ? "" : "not one of ecs, ocsf"};
         }},
    {.name = "paused",
     .take =
         [](SinkSettings& sink, std::string_view value) {
           sink.paused = value == "true";
           return Reason{};
         },
     .boolean = true},
};

const SinkKey* find_key(const SinkType& type, std::string_view name) {
  for (const std::span<const SinkKey> keys : {type.keys, std::span<const SinkKey>(kCommonKeys)}) {
    const auto found = std::ranges::find(keys, name, &SinkKey::name);
    if (found != keys.end()) return &*found;
  }
  return nullptr;
}

bool is_sink_name(std::string_view name) {
  const auto simple = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return !name.empty() && name.size() <= kMaxName && simple(name.front()) &&
         std::ranges::all_of(name, [&](char c) { return simple(c) || c == '_' || c == '-'; });
}

const ConfigNode* member(const ConfigNode& map, std::string_view name) {
  const auto found = std::ranges::find(map.members, name, &ConfigMember::name);
  return found == map.members.end() ? nullptr : &found->value;
}

std::string types_text() {
  std::string text;
  for (const SinkType* type : sink_types())
    text += (text.empty() ? "" : ", ") + std::string(type->name);
  return text;
}

// One sink of the list.
class SinkReader {
 public:
  SinkReader(const ConfigNode& map, std::size_t number, std::vector<ConfigProblem>& problems)
      : map_(map), path_("sinks[" + std::to_string(number) + ']'), problems_(problems) {}

  // nullopt: it has a problem.
  std::optional<SinkSettings> read() {
    if (map_.kind != ConfigNode::Kind::map) {
      problem(map_.place, path_, "wrong type: a mapping is expected");
      return std::nullopt;
    }
    const bool named = read_name();
    const SinkType* type = find_type();
    if (type == nullptr) return std::nullopt;
    sink_.kind = type->make();
    for (const ConfigMember& one : map_.members) {
      if (one.name != "name" && one.name != "type") read_key(*type, one);
    }
    check(*type);
    if (!named || !fine_) return std::nullopt;
    return std::move(sink_);
  }

 private:
  void problem(const std::string& place, const std::string& path, std::string why,
               ConfigProblem::Severity severity = error) {
    problems_.push_back({severity, place + ": " + path, std::move(why)});
    if (severity == error) fine_ = false;
  }

  // The text of a member that is there and single; else a problem.
  std::optional<std::string> text_of(const std::string& name) {
    const ConfigNode* value = member(map_, name);
    if (value == nullptr) {
      problem(map_.place, path_, "has no " + name);
    } else if (value->kind != ConfigNode::Kind::scalar) {
      problem(value->place, path_ + '.' + name, "wrong type: a single value is expected");
    } else {
      return value->text;
    }
    return std::nullopt;
  }

  bool read_name() {
    const auto name = text_of("name");
    if (!name) return false;
    if (!is_sink_name(*name)) {
      problem(member(map_, "name")->place, path_ + ".name",
              "not a name: a-z, 0-9, '_' and '-', at most 32, not '_' or '-' first");
      return false;
    }
    sink_.name = *name;
    path_ = "sinks." + *name;
    return true;
  }

  const SinkType* find_type() {
    const auto name = text_of("type");
    if (!name) return nullptr;
    const auto types = sink_types();
    const auto found = std::ranges::find(types, *name, &SinkType::name);
    if (found != types.end()) return *found;
    problem(member(map_, "type")->place, path_ + ".type", "not one of " + types_text());
    return nullptr;
  }

  void read_key(const SinkType& type, const ConfigMember& one) {
    const SinkKey* found = find_key(type, one.name);
    const std::string path = path_ + '.' + one.name;
    if (found == nullptr) {
      problem(one.place, path, "unknown key of a " + std::string(type.name) + " sink");
    } else if (found->take_member != nullptr) {
      read_mapping(*found, one.value, path);
    } else if (one.value.kind != ConfigNode::Kind::scalar) {
      problem(one.value.place, path, "wrong type: a single value is expected");
    } else if (found->boolean && (one.value.quoted || !is_boolean(one.value.text))) {
      problem(one.value.place, path, "wrong type: true or false is expected");
    } else if (const Reason reason = found->take(sink_, one.value.text); !reason.empty()) {
      problem(one.value.place, path, std::string(reason));
    }
  }
  static bool is_boolean(std::string_view text) { return text == "true" || text == "false"; }

  void read_mapping(const SinkKey& key, const ConfigNode& map, const std::string& path) {
    if (map.kind != ConfigNode::Kind::map) {
      return problem(map.place, path, "wrong type: a mapping is expected");
    }
    for (const ConfigMember& one : map.members) {
      const std::string full = path + '.' + one.name;
      if (one.value.kind != ConfigNode::Kind::scalar) {
        problem(one.value.place, full, "wrong type: a single value is expected");
      } else if (const Reason why = key.take_member(sink_, one.name, one.value.text);
                 !why.empty()) {
        problem(one.value.place, full, std::string(why));
      }
    }
  }

  // What is missing, and what does not go together: only where each value is fine by itself.
  void check(const SinkType& type) {
    for (const SinkKey& key : type.keys) {
      if (key.required && member(map_, key.name) == nullptr) {
        problem(map_.place, path_, "has no " + std::string(key.name));
      }
    }
    if (!fine_ || type.check == nullptr) return;
    for (SinkIssue& issue : type.check(sink_)) {
      const ConfigNode* at = member(map_, issue.key);
      problem(at != nullptr ? at->place : map_.place,
              issue.key.empty() ? path_ : path_ + '.' + std::string(issue.key),
              std::move(issue.why), issue.severity);
    }
  }

  const ConfigNode& map_;
  std::string path_;
  std::vector<ConfigProblem>& problems_;
  SinkSettings sink_;
  bool fine_ = true;
};

}  // namespace

void take_sinks(const ConfigNode& list, std::vector<SinkSettings>& sinks,
                std::vector<ConfigProblem>& problems) {
  if (list.kind == ConfigNode::Kind::null) return;
  if (list.kind != ConfigNode::Kind::list) {
    problems.push_back({error, list.place + ": sinks", "wrong type: a list is expected"});
    return;
  }
  if (list.items.size() > kMaxSinks) {
    problems.push_back(
        {error, list.place + ": sinks", "more than " + std::to_string(kMaxSinks) + " sinks"});
    return;
  }
  for (std::size_t i = 0; i < list.items.size(); ++i) {
    if (auto sink = SinkReader(list.items[i], i, problems).read())
      sinks.push_back(*std::move(sink));
  }
}

}  // namespace wgaudit
