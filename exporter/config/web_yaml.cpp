// The reader of the web configuration file. yaml-cpp throws: nothing of it leaves this file.
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <set>

#include "exporter/config/small_file.hpp"
#include "exporter/config/web_file.hpp"
#include "exporter/config/yaml_place.hpp"

namespace wgaudit {
namespace {

using enum ConfigProblem::Severity;

constexpr std::string_view kUsers = "basic_auth_users";
// A login of cost 14 takes a second: passwords are checked one after the other, and a stop waits
// for the one under way.
constexpr int kLeastCost = 4, kMostCost = 14;

// As yaml.v2 of Go resolves a plain scalar (YAML 1.1).
constexpr std::string_view kTrue[] = {"true", "True", "TRUE", "y",  "Y", "yes",
                                      "Yes",  "YES",  "on",   "On", "ON"};
constexpr std::string_view kFalse[] = {"false", "False", "FALSE", "n",   "N",  "no",
                                       "No",    "NO",    "off",   "Off", "OFF"};

bool is_quoted(const YAML::Node& node) { return node.Tag() == "!"; }

const WebKey* find_key(std::string_view path) {
  const auto keys = web_keys();
  const auto found = std::ranges::find(keys, path, &WebKey::path);
  return found == keys.end() ? nullptr : &*found;
}
bool is_section(std::string_view path) {
  return std::ranges::any_of(web_keys(), [&](const WebKey& key) {
    return key.path.size() > path.size() && key.path.starts_with(path) &&
           key.path[path.size()] == '.';
  });
}

// "$2b$10$" and 53 characters. Go takes any letter for the variant; crypt(5) knows these three.
Reason check_hash(std::string_view hash) {
  constexpr std::string_view kDigits =
      "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  constexpr Reason kForm = "not a bcrypt hash such as `htpasswd -nBC 10 NAME` writes";
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (hash.size() != 60 || !hash.starts_with("$2") || hash[3] != '$' || hash[6] != '$' ||
      std::string_view("aby").find(hash[2]) == std::string_view::npos || !is_digit(hash[4]) ||
      !is_digit(hash[5]) || hash.find_first_not_of(kDigits, 7) != std::string_view::npos) {
    return kForm;
  }
  const int cost = (hash[4] - '0') * 10 + (hash[5] - '0');
  if (cost < kLeastCost) return kForm;
  if (cost > kMostCost) return "a bcrypt cost above 14: a login would take seconds";
  return {};
}

class WebYamlReader {
 public:
  WebYamlReader(const std::string& path, LoadedWebFile& loaded) : path_(path), loaded_(loaded) {}

  void read_section(const YAML::Node& map, const std::string& path) {
    each_member(
        map, path, [&](const std::string& full, const YAML::Node& key, const YAML::Node& value) {
          if (full == kUsers) {
            note(full, key);
            read_users(value);
          } else if (const WebKey* known = find_key(full)) {
            if (!value.IsNull()) note(full, value);
            read_key(value, *known);
          } else if (is_section(full)) {
            note(full, key);
            read_section(value, full);
          } else {
            problem(key, full,
                    path == "http_server_config.headers" ? "this header cannot be configured"
                                                         : "unknown key");
          }
        });
  }

 private:
  using Take =
      std::function<void(const std::string& full, const YAML::Node& key, const YAML::Node& value)>;

  std::string where(const YAML::Node& node, const std::string& path) const {
    return place_of(path_, node.Mark()) + (path.empty() ? "" : ": " + path);
  }
  void problem(const YAML::Node& node, const std::string& path, std::string_view why) {
    loaded_.problems.push_back({error, where(node, path), std::string(why)});
  }
  void note(const std::string& path, const YAML::Node& node) {
    loaded_.file.places[path] = where(node, path);
  }

  // A user with a colon is likely NAME:PASSWORD, where a file of another program was pasted in.
  static std::string path_of(const std::string& section, const std::string& name) {
    if (section.empty()) return name;
    if (section == kUsers && name.find(':') != std::string::npos) return section;
    return section + '.' + name;
  }

  void each_member(const YAML::Node& map, const std::string& path, const Take& take) {
    if (map.IsNull()) return;
    if (!map.IsMap()) return problem(map, path, "wrong type: a mapping is expected");
    std::set<std::string> names;
    for (const auto& member : map) {
      if (!member.first.IsScalar()) {
        problem(member.first, path, "wrong type: a name is expected");
        continue;
      }
      const std::string name = member.first.Scalar();
      const std::string full = path_of(path, name);
      if (names.insert(name).second) {
        take(full, member.first, member.second);
      } else {
        problem(member.first, full, "is there twice");
      }
    }
  }

  void read_key(const YAML::Node& node, const WebKey& key) {
    if (node.IsNull()) return;  // as if it were not there
    if (key.kind != WebKey::Kind::list) return take(node, key);
    if (!node.IsSequence())
      return problem(node, std::string(key.path), "wrong type: a list is expected");
    for (const auto& item : node) take(item, key);
  }

  void take(const YAML::Node& node, const WebKey& key) {
    const std::string path(key.path);
    if (!node.IsScalar()) return problem(node, path, "wrong type: a single value is expected");
    std::string value = node.Scalar();
    if (key.kind == WebKey::Kind::number && is_quoted(node)) {
      return problem(node, path, "wrong type: a number is expected, without quotes");
    }
    if (key.kind == WebKey::Kind::boolean) {
      const bool on = std::ranges::find(kTrue, value) != std::end(kTrue);
      const bool off = std::ranges::find(kFalse, value) != std::end(kFalse);
      if (is_quoted(node) || (!on && !off)) {
        return problem(node, path, "wrong type: true or false is expected, without quotes");
      }
      value = on ? "true" : "false";
    }
    if (const Reason why = key.take(loaded_.file, value); !why.empty()) problem(node, path, why);
  }

  void read_users(const YAML::Node& map) {
    each_member(map, std::string(kUsers),
                [&](const std::string& full, const YAML::Node& key, const YAML::Node& value) {
                  const std::string name = key.Scalar();
                  if (name.find(':') != std::string::npos) {
                    return problem(key, full,
                                   "a name with a colon: no client can give it (RFC 7617)");
                  }
                  if (!value.IsScalar())
                    return problem(value, full, "wrong type: a bcrypt hash is expected");
                  if (const Reason why = check_hash(value.Scalar()); !why.empty()) {
                    return problem(value, full, why);
                  }
                  loaded_.file.users[name] = value.Scalar();
                });
  }

  const std::string& path_;
  LoadedWebFile& loaded_;
};

void join_folder(std::string& file, const std::string& folder) {
  if (!file.empty() && !file.starts_with('/')) file.insert(0, folder);
}

void resolve_paths(TlsFile& tls, const std::string& path) {
  const std::string folder = path.substr(0, path.rfind('/') + 1);
  join_folder(tls.cert_file, folder);
  join_folder(tls.key_file, folder);
  join_folder(tls.client_ca_file, folder);
}

}  // namespace

LoadedWebFile parse_web_file(const std::string& text, const std::string& path) {
  LoadedWebFile loaded;
  try {
    const auto documents = YAML::LoadAll(text);
    if (documents.size() > 1) {
      loaded.problems.push_back({error, place_of(path, documents[1].Mark()),
                                 "a second document (\"---\"): one is expected"});
      return loaded;
    }
    if (!documents.empty()) WebYamlReader(path, loaded).read_section(documents[0], "");
  } catch (const YAML::Exception& exception) {
    loaded.problems.push_back({error, place_of(path, exception.mark), not_yaml(exception)});
    return loaded;
  }
  resolve_paths(loaded.file.tls, path);
  for (ConfigProblem& problem : check_web_file(loaded.file, path)) {
    loaded.problems.push_back(std::move(problem));
  }
  return loaded;
}

LoadedWebFile load_web_file(const std::string& path) {
  const auto text = read_small_file(path);
  if (text) return parse_web_file(*text, path);
  return {{}, {{error, path, "cannot be read: " + text.error()}}};
}

}  // namespace wgaudit
