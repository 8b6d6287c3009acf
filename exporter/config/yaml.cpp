// The configuration file. yaml-cpp throws: nothing of it leaves this file.
#include <yaml-cpp/yaml.h>

#include <optional>
#include <set>

#include "exporter/config/layer.hpp"
#include "exporter/config/load.hpp"
#include "exporter/config/sink_type.hpp"
#include "exporter/config/yaml_place.hpp"

namespace wgaudit {
namespace {

using enum ConfigProblem::Severity;

// No list of sinks needs more; an alias of an alias of an alias could ask for any amount of memory.
constexpr std::size_t kMaxNodes = 10'000, kMaxDepth = 8;

class YamlReader {
 public:
  YamlReader(const std::string& file, LoadedSettings& loaded)
      : file_(file), settings_(loaded.settings), problems_(loaded.problems), layer_(loaded) {}

  void read_root(const YAML::Node& root);

 private:
  void problem(const YAML::Node& node, const std::string& path, std::string why,
               ConfigProblem::Severity severity = error) {
    problems_.push_back({severity, place_of(file_, node.Mark()) + (path.empty() ? "" : ": " + path),
                         std::move(why)});
  }
  template <typename Take>
  void each_member(const YAML::Node& map, const std::string& path, Take take);
  void read_section(const YAML::Node& map, const std::string& path);
  void read_setting(const YAML::Node& node, const Setting& setting);
  void take(const YAML::Node& node, const Setting& setting);
  void read_rules(const YAML::Node& map);
  void read_rule(const YAML::Node& map, const std::string& name, const std::string& path);
  void read_role(const YAML::Node& map, const std::string& role, const std::string& path,
                 RuleSetting& setting);
  void read_sinks(const YAML::Node& list);
  ConfigNode to_values(const YAML::Node& node, const std::string& path, std::size_t depth);
  std::optional<bool> boolean(const YAML::Node& node, const std::string& path);
  std::optional<Severity> severity(const YAML::Node& node, const std::string& path);

  const std::string& file_;
  Settings& settings_;
  std::vector<ConfigProblem>& problems_;
  Layer layer_;
  std::size_t nodes_ = 0;  // made by to_values()
};

bool is_section(const std::string& path) {
  for (const Setting& setting : settings_table()) {
    if (setting.name.starts_with(path + '.')) return true;
  }
  return false;
}

// Calls `take(name, key node, value)` for each member, names twice apart.
template <typename Take>
void YamlReader::each_member(const YAML::Node& map, const std::string& path, Take take) {
  if (map.IsNull()) return;  // "collector:" with nothing below
  if (!map.IsMap()) {
    problem(map, path, "wrong type: a mapping is expected");
    return;
  }
  std::set<std::string> names;
  for (const auto& member : map) {
    if (!member.first.IsScalar()) {
      problem(member.first, path, "wrong type: a name is expected");
      continue;
    }
    const std::string name = member.first.Scalar();
    if (!names.insert(name).second) {
      problem(member.first, path.empty() ? name : path + '.' + name, "is there twice");
      continue;
    }
    take(name, member.first, member.second);
  }
}

void YamlReader::read_root(const YAML::Node& root) { read_section(root, ""); }

void YamlReader::read_section(const YAML::Node& map, const std::string& path) {
  each_member(map, path,
              [&](const std::string& name, const YAML::Node& key, const YAML::Node& value) {
                const std::string full = path.empty() ? name : path + '.' + name;
                if (full == "rules") {
                  read_rules(value);
                } else if (full == "sinks") {
                  read_sinks(value);
                } else if (full == "config" || full == "config.file") {
                  problem(key, full, "cannot stand in the file itself");
                } else if (const Setting* setting = find_setting(full)) {
                  read_setting(value, *setting);
                } else if (name.find('.') == std::string::npos && is_section(full)) {
                  read_section(value, full);
                } else {
                  problem(key, full, "unknown key");
                }
              });
}

void YamlReader::take(const YAML::Node& node, const Setting& setting) {
  const std::string path(setting.name);
  if (!node.IsScalar()) {
    problem(node, path, "wrong type: a single value is expected");
    return;
  }
  // A quoted "true" is a string: its tag is "!" where a plain one's is "?".
  if (setting.kind == SettingKind::boolean && node.Tag() == "!") {
    problem(node, path, "wrong type: true or false is expected, without quotes");
    return;
  }
  if (const Reason reason = layer_.take(setting, node.Scalar()); !reason.empty()) {
    problem(node, path, std::string(reason));
  }
}

void YamlReader::read_setting(const YAML::Node& node, const Setting& setting) {
  if (setting.kind != SettingKind::list) {
    take(node, setting);
    return;
  }
  layer_.clear(setting);
  if (!node.IsSequence()) {
    take(node, setting);
    return;
  }
  for (const auto& item : node) take(item, setting);
}

std::optional<bool> YamlReader::boolean(const YAML::Node& node, const std::string& path) {
  if (node.IsScalar() && node.Tag() != "!") {
    if (node.Scalar() == "true") return true;
    if (node.Scalar() == "false") return false;
  }
  problem(node, path, "wrong type: true or false is expected");
  return std::nullopt;
}

std::optional<Severity> YamlReader::severity(const YAML::Node& node, const std::string& path) {
  const auto parsed = node.IsScalar() ? parse_severity(node.Scalar()) : std::nullopt;
  if (!parsed) problem(node, path, "not one of info, low, medium, high, critical");
  return parsed;
}

void YamlReader::read_rules(const YAML::Node& map) {
  each_member(map, "rules",
              [&](const std::string& name, const YAML::Node& key, const YAML::Node& value) {
                const std::string path = "rules." + name;
                if (find_rule(name) == nullptr) {
                  problem(key, path, "no such rule");
                } else {
                  read_rule(value, name, path);
                }
              });
}

void YamlReader::read_rule(const YAML::Node& map, const std::string& name,
                           const std::string& path) {
  RuleSetting& setting = settings_.rules[find_rule(name)->id];
  each_member(
      map, path, [&](const std::string& field, const YAML::Node& key, const YAML::Node& value) {
        const std::string full = path + '.' + field;
        if (field == "enabled") {
          if (const auto on = boolean(value, full)) setting.enabled = *on;
        } else if (field == "severity") {
          setting.severity = severity(value, full);
        } else if (field == "roles") {
          each_member(value, full,
                      [&](const std::string& role, const YAML::Node&, const YAML::Node& of_role) {
                        read_role(of_role, role, full + '.' + role, setting);
                      });
        } else {
          problem(key, full, "unknown key");
        }
      });
}

void YamlReader::read_role(const YAML::Node& map, const std::string& role, const std::string& path,
                           RuleSetting& setting) {
  RuleSetting::ForRole for_role{role, std::nullopt, std::nullopt};
  each_member(map, path,
              [&](const std::string& field, const YAML::Node& key, const YAML::Node& value) {
                const std::string full = path + '.' + field;
                if (field == "enabled") {
                  for_role.enabled = boolean(value, full);
                } else if (field == "severity") {
                  for_role.severity = severity(value, full);
                } else {
                  problem(key, full, "unknown key");
                }
              });
  setting.roles.push_back(std::move(for_role));
}

ConfigNode YamlReader::to_values(const YAML::Node& node, const std::string& path,
                                 std::size_t depth) {
  using enum ConfigNode::Kind;
  ConfigNode values;
  values.place = place_of(file_, node.Mark());
  if (++nodes_ == kMaxNodes || depth == kMaxDepth) problem(node, path, "too much, or too deep");
  if (nodes_ >= kMaxNodes || depth >= kMaxDepth) return values;
  if (node.IsScalar()) {
    values.kind = scalar;
    values.text = node.Scalar();
    values.quoted = node.Tag() == "!";
  } else if (node.IsSequence()) {
    values.kind = list;
    for (const auto& item : node) values.items.push_back(to_values(item, path, depth + 1));
  } else if (node.IsMap()) {
    values.kind = map;
    each_member(
        node, path, [&](const std::string& name, const YAML::Node& key, const YAML::Node& value) {
          values.members.push_back(
              {name, place_of(file_, key.Mark()), to_values(value, path + '.' + name, depth + 1)});
        });
  }
  return values;
}

void YamlReader::read_sinks(const YAML::Node& list) {
  take_sinks(to_values(list, "sinks", 0), settings_.sinks, problems_);
}

}  // namespace

void apply_yaml(const std::string& text, const std::string& file, LoadedSettings& loaded) {
  try {
    const auto documents = YAML::LoadAll(text);
    if (documents.size() > 1) {
      loaded.problems.push_back({error, place_of(file, documents[1].Mark()),
                                 "a second document (\"---\"): one is expected"});
      return;
    }
    if (!documents.empty()) YamlReader(file, loaded).read_root(documents[0]);
  } catch (const YAML::Exception& exception) {
    loaded.problems.push_back({error, place_of(file, exception.mark), not_yaml(exception)});
  }
}

}  // namespace wgaudit
