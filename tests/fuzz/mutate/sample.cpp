#include "tests/fuzz/mutate/tree.hpp"

namespace wgaudit::mutate {
namespace {

Tree scalar(Form form, std::string raw) { return {form, false, std::move(raw), {}, {}}; }
Tree text(Form form, std::string_view value) { return scalar(form, quoted(value)); }

class Sampler {
 public:
  explicit Sampler(Random& random) : random_(random) {}

  Tree inventory() {
    Tree root{Form::object, false, "", {}, {}};
    root.members.push_back({"version", true, scalar(Form::version, "1")});
    maybe(root, "$schema", text(Form::text, "urn:x"));
    maybe(root, "comment", text(Form::text, "c/~"));
    maybe(root, "policy", policy());
    root.members.push_back({"roles", false, roles()});
    root.members.push_back({"gateways", false, gateways()});
    Tree peers{Form::array, false, "", {}, {}};
    const std::size_t count = 2 + below(random_, 4);
    for (std::size_t i = 0; i < count; ++i) peers.items.push_back(peer(i));
    root.members.push_back({"peers", false, std::move(peers)});
    return root;
  }

 private:
  bool chance() { return below(random_, 4) != 0; }
  void maybe(Tree& object, std::string_view name, Tree value) {
    if (chance()) object.members.push_back({std::string(name), false, std::move(value)});
  }
  Tree list(Form form, std::initializer_list<std::string_view> values) {
    Tree array{Form::array, false, "", {}, {}};
    for (const auto value : values) {
      if (chance()) array.items.push_back(text(form, value));
    }
    return array;
  }
  Tree flag() { return scalar(Form::flag, below(random_, 2) != 0 ? "true" : "false"); }

  void add_policy(Tree& object) {
    for (const std::string_view name : {"session_timeout", "stale_after", "dormant_after",
                                        "rotation_overlap", "max_key_age", "posture_max_age"}) {
      constexpr std::string_view kLong[] = {"180s", "5m", "1h30m", "2w", "90d"};
      maybe(object, name, text(Form::duration, pick(random_, kLong)));
    }
    Tree lengths{Form::object, false, "", {}, {}};
    maybe(lengths, "ipv4", scalar(Form::length4, "24"));
    maybe(lengths, "ipv6", scalar(Form::length6, "64"));
    maybe(object, "min_prefix_length", std::move(lengths));
    maybe(object, "require_preshared_key", flag());
    maybe(object, "require_posture", flag());
    maybe(object, "traffic_floor", scalar(Form::number, "5000"));
    Tree always_on = flag();
    always_on.form = Form::flag_or_array;
    if (chance()) {
      always_on.raw.clear();
      always_on.items.push_back(text(Form::name, "gw1"));
    }
    maybe(object, "always_on", std::move(always_on));
  }
  Tree policy() {
    Tree object{Form::object, false, "", {}, {}};
    add_policy(object);
    maybe(object, "comment", text(Form::text, ""));
    return object;
  }
  Tree roles() {
    Tree map{Form::map, false, "", {}, {}};
    map.members.push_back({"laptop", false, policy()});
    map.members.push_back({"a/b~c", false, policy()});
    return map;
  }

  Tree interface(std::string_view name) {
    Tree object{Form::object, false, "", {}, {}};
    object.members.push_back({"name", true, text(Form::interface_name, name)});
    maybe(object, "netns", text(Form::text, "blue"));
    maybe(object, "public_key", text(Form::key, random_key(random_)));
    maybe(object, "issued_at", text(Form::time, "2026-08-01T00:00:00Z"));
    maybe(object, "comment", text(Form::text, "i"));
    return object;
  }
  Tree gateways() {
    Tree array{Form::array, false, "", {}, {}};
    for (const std::string_view name : {"gw1", "gw2"}) {
      Tree object{Form::object, true, "", {}, {}};
      object.members.push_back({"name", true, text(Form::gateway_name, name)});
      maybe(object, "address", text(Form::text, "gw.example.org:9586"));
      Tree labels{Form::map, false, "", {}, {}};
      maybe(labels, "site", text(Form::text, "fra"));
      maybe(labels, "x/y~z", text(Form::text, ""));
      maybe(object, "labels", std::move(labels));
      Tree interfaces{Form::array, false, "", {}, {}};
      interfaces.items.push_back(interface("wg0"));
      if (chance()) interfaces.items.push_back(interface("wg1"));
      maybe(object, "interfaces", std::move(interfaces));
      maybe(object, "comment", text(Form::text, "g"));
      array.items.push_back(std::move(object));
    }
    return array;
  }

  Tree posture() {
    Tree object{Form::object, false, "", {}, {}};
    object.members.push_back({"compliant", true, flag()});
    maybe(object, "checked_at", text(Form::time, "2026-08-03T00:00:00.25+02:00"));
    return object;
  }
  Tree exceptions() {
    Tree object{Form::object, false, "", {}, {}};
    object.members.push_back({"rule", true, text(Form::name, "unknown_key")});
    maybe(object, "reason", text(Form::text, "vendor"));
    maybe(object, "until", text(Form::time, "2027-01-31"));
    Tree array{Form::array, false, "", {}, {}};
    array.items.push_back(std::move(object));
    return array;
  }
  Tree peer(std::size_t number) {
    Tree object{Form::object, true, "", {}, {}};
    object.members.push_back({"public_key", true, text(Form::key, random_key(random_))});
    object.members.push_back(
        {"principal", true, text(Form::name, "user" + std::to_string(number))});
    constexpr std::string_view kKinds[] = {"user", "device", "service", "gateway"};
    constexpr std::string_view kStatuses[] = {"active", "unreviewed", "disabled", "revoked"};
    maybe(object, "kind", text(Form::kind, pick(random_, kKinds)));
    object.members.push_back({"status", false, text(Form::status, pick(random_, kStatuses))});
    maybe(object, "device", text(Form::name, "device" + std::to_string(number)));
    constexpr std::string_view kRoles[] = {"laptop", "a/b~c"};
    maybe(object, "role", text(Form::name, pick(random_, kRoles)));
    maybe(object, "owner", text(Form::text, "it@example.org"));
    maybe(object, "comment", text(Form::text, "\xc3\xbc \"quoted\" \\"));
    maybe(object, "issued_at", text(Form::time, "2026-08-01"));
    maybe(object, "expires_at", text(Form::time, "2027-08-01t00:00:00z"));
    maybe(object, "at", list(Form::place, {"gw1/wg0", "*/wg1", "gw2/blue:wg0", "gw1/*"}));
    maybe(object, "allowed_ips", list(Form::prefix, {"10.10.0.2/32", "fd00::2"}));
    maybe(object, "allowed_ips_max", list(Form::prefix, {"10.10.0.0/24", "::/0"}));
    maybe(object, "endpoints", list(Form::prefix, {"198.51.100.0/24"}));
    maybe(object, "posture", posture());
    Tree tags{Form::map, false, "", {}, {}};
    maybe(tags, "team", text(Form::text, "sre"));
    maybe(tags, "a/b~c d", text(Form::text, "x"));
    maybe(object, "tags", std::move(tags));
    maybe(object, "exceptions", exceptions());
    add_policy(object);
    return object;
  }

  Random& random_;
};

}  // namespace

Tree sample(Random& random) { return Sampler(random).inventory(); }

}  // namespace wgaudit::mutate
