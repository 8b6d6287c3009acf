// What only the whole inventory can show.
#include "tests/fuzz/mutate/mutations.hpp"

namespace wgaudit::mutate {
namespace {

Tree text(Form form, std::string_view value) { return {form, false, quoted(value), {}, {}}; }

void set(Tree& object, std::string_view name, Tree value) {
  if (Tree* member = member_of(object, name)) {
    *member = std::move(value);
  } else {
    object.members.push_back({std::string(name), false, std::move(value)});
  }
}

struct Picked {
  Tree* peer;
  std::string pointer;
};
Picked pick_peer(Tree& tree, Random& random) {
  Tree& peers = *member_of(tree, "peers");
  const std::size_t number = below(random, peers.items.size());
  return {&peers.items[number], "/peers/" + std::to_string(number)};
}
// The same peer once more, at the end.
Picked add_copy(Tree& tree, Random& random) {
  Tree& peers = *member_of(tree, "peers");
  const Tree copy = *pick_peer(tree, random).peer;
  peers.items.push_back(copy);
  return {&peers.items.back(), "/peers/" + std::to_string(peers.items.size() - 1)};
}
Mutant said(const Tree& tree, bool error, const std::string& pointer, std::string_view reason,
            Schema schema = Schema::either) {
  return {write(tree), {{error, pointer, reason}}, false, {}, schema};
}

std::optional<Mutant> same_record(Tree tree, Random& random) {
  const Picked copy = add_copy(tree, random);
  return said(tree, false, copy.pointer, "the same record is there already");
}

std::optional<Mutant> other_record(Tree tree, Random& random) {
  const Picked copy = add_copy(tree, random);
  set(*copy.peer, "principal", text(Form::name, "eve"));
  return said(tree, true, copy.pointer + "/public_key", "this key has a record already");
}

std::optional<Mutant> second_key(Tree tree, Random& random) {
  const Picked first = pick_peer(tree, random);
  set(*first.peer, "device", text(Form::name, "one"));
  set(*first.peer, "status", text(Form::status, "active"));
  Tree& peers = *member_of(tree, "peers");
  Tree second = *first.peer;
  set(second, "public_key", text(Form::key, random_key(random)));
  peers.items.push_back(std::move(second));
  return said(tree, true, "/peers/" + std::to_string(peers.items.size() - 1) + "/device",
              "two active keys of one device");
}

std::optional<Mutant> rotation(Tree tree, Random& random) {
  const Picked first = pick_peer(tree, random);
  set(*first.peer, "device", text(Form::name, "one"));
  set(*first.peer, "status", text(Form::status, "active"));
  Tree second = *first.peer;
  const Tree old_key = *member_of(*first.peer, "public_key");
  set(second, "public_key", text(Form::key, random_key(random)));
  set(second, "replaces", old_key);
  member_of(tree, "peers")->items.push_back(std::move(second));
  return Mutant{write(tree), {}, false, {}, Schema::valid};
}

std::optional<Mutant> replaces_itself(Tree tree, Random& random) {
  const Picked peer = pick_peer(tree, random);
  set(*peer.peer, "status", text(Form::status, "disabled"));
  const Tree own_key = *member_of(*peer.peer, "public_key");
  set(*peer.peer, "replaces", own_key);
  return said(tree, true, peer.pointer + "/replaces", "a key cannot replace itself");
}

std::optional<Mutant> reserved_name(Tree tree, Random& random) {
  const Picked peer = pick_peer(tree, random);
  set(*peer.peer, "principal", text(Form::name, "unknown:me"));
  return said(tree, true, peer.pointer + "/principal", "\"unknown:\" is reserved", Schema::invalid);
}

std::optional<Mutant> unknown_role(Tree tree, Random& random) {
  const Picked peer = pick_peer(tree, random);
  set(*peer.peer, "role", text(Form::name, "none"));
  return said(tree, true, peer.pointer + "/role", "no such role");
}

std::optional<Mutant> unknown_rule(Tree tree, Random& random) {
  const Picked peer = pick_peer(tree, random);
  Tree* exceptions = member_of(*peer.peer, "exceptions");
  if (exceptions == nullptr) return std::nullopt;
  exceptions->items.push_back(exceptions->items.front());
  set(exceptions->items.back(), "rule", text(Form::name, "no_such_rule"));
  return said(tree, false, peer.pointer + "/exceptions/1/rule", "no such rule", Schema::valid);
}

std::optional<Mutant> unknown_gateway(Tree tree, Random& random) {
  const Picked peer = pick_peer(tree, random);
  const bool always_on = below(random, 2) != 0;
  const std::string_view field = always_on ? "always_on" : "at";
  Tree list{always_on ? Form::flag_or_array : Form::array, false, "", {}, {}};
  list.items = {text(Form::text, always_on ? "gw2" : "gw2/wg0"),
                text(Form::text, always_on ? "gw9" : "gw9/wg0")};
  set(*peer.peer, field, std::move(list));
  return said(tree, false, peer.pointer + '/' + std::string(field) + "/1", "no such gateway",
              Schema::valid);
}

std::optional<Mutant> same_gateway(Tree tree, Random&) {
  Tree& gateways = *member_of(tree, "gateways");
  const Tree copy = gateways.items.front();
  gateways.items.push_back(copy);
  return said(tree, true, "/gateways/" + std::to_string(gateways.items.size() - 1) + "/name",
              "this gateway has an entry already");
}

std::optional<Mutant> short_timeout(Tree tree, Random& random) {
  std::vector<Place> places = places_of(tree);
  std::erase_if(places, [](const Place& p) { return !p.pointer.ends_with("/session_timeout"); });
  if (places.empty()) return std::nullopt;
  const Place& place = pick(random, places);
  place.tree->raw = "\"179s\"";
  return said(tree, false, place.pointer, "under 180s", Schema::valid);
}

std::optional<Mutant> idle_revocation(Tree tree, Random& random) {
  const Picked peer = pick_peer(tree, random);
  set(*peer.peer, "status", text(Form::status, "active"));
  set(*peer.peer, "revoked_at", text(Form::time, "2026-08-01"));
  return said(tree, false, peer.pointer + "/revoked_at", "has no effect", Schema::valid);
}

constexpr Mutation kMutations[] = {
    {"the same record twice", same_record},
    {"another record of one key", other_record},
    {"a second key of a device", second_key},
    {"a rotation", rotation},
    {"a key that replaces itself", replaces_itself},
    {"a reserved name", reserved_name},
    {"a role that is nowhere", unknown_role},
    {"a rule that is none", unknown_rule},
    {"a gateway that is nowhere", unknown_gateway},
    {"one gateway twice", same_gateway},
    {"a timeout that is too short", short_timeout},
    {"a revocation without effect", idle_revocation},
};

}  // namespace

std::span<const Mutation> meaning_mutations() { return kMutations; }

}  // namespace wgaudit::mutate
