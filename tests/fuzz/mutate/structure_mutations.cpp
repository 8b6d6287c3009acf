// Members and items come, go, double and move.
#include <algorithm>

#include "tests/fuzz/mutate/mutations.hpp"

namespace wgaudit::mutate {
namespace {

std::vector<Place> places_where(Tree& tree, bool (*wanted)(const Place&)) {
  std::vector<Place> places = places_of(tree);
  std::erase_if(places, [&](const Place& place) { return !wanted(place); });
  return places;
}

bool is_member(const Place& place) {
  return place.parent != nullptr && !place.parent->members.empty();
}
bool is_required(const Place& place) {
  return is_member(place) && place.parent->members[place.index].required;
}

std::optional<Mutant> drop_required(Tree tree, Random& random) {
  const Place place = pick(random, places_where(tree, is_required));
  place.parent->members.erase(place.parent->members.begin() +
                              static_cast<std::ptrdiff_t>(place.index));
  return Mutant{write(tree),
                {{!place.in_record, parent_of(place.pointer)}},
                place.in_record,
                {},
                Schema::invalid};
}

std::optional<Mutant> drop_optional(Tree tree, Random& random) {
  const Place place = pick(random, places_where(tree, [](const Place& p) {
                             return p.parent != nullptr && !is_required(p);
                           }));
  if (is_member(place)) {
    place.parent->members.erase(place.parent->members.begin() +
                                static_cast<std::ptrdiff_t>(place.index));
  } else {
    place.parent->items.erase(place.parent->items.begin() +
                              static_cast<std::ptrdiff_t>(place.index));
  }
  return Mutant{write(tree), {}, true, {}, Schema::valid};
}

const std::string kNames[] = {"x",
                              "a/b",
                              "m~n",
                              "~1",
                              "",
                              "Principal",
                              "\xc3\xbc\n\"",
                              "0",
                              "public_key ",
                              "__proto__",
                              std::string(129, 'n')};
const std::string kContents[] = {"1", "null", R"({"public_key": [{"x": {}}]})", "[[[]]]", "\"x\""};

Tree raw(std::string json) { return {Form::text, false, std::move(json), {}, {}}; }

// Where the problem of a member is to point: at what holds it, where nobody wants to read its name.
std::string pointer_to(const std::string& object, const std::string& name) {
  return name.size() > 128 ? object : object + '/' + escaped_token(name);
}

std::optional<Mutant> add_unknown(Tree tree, Random& random) {
  const Place place =
      pick(random, places_where(tree, [](const Place& p) { return p.tree->form == Form::object; }));
  const std::string& name = pick(random, kNames);
  auto& members = place.tree->members;
  const auto at = members.begin() + static_cast<std::ptrdiff_t>(below(random, members.size() + 1));
  members.insert(at, {name, false, raw(pick(random, kContents))});
  return Mutant{write(tree),
                {{true, pointer_to(place.pointer, name), "unknown field"}},
                false,
                {},
                Schema::invalid};
}

std::optional<Mutant> add_deep(Tree tree, Random& random) {
  const Place place =
      pick(random, places_where(tree, [](const Place& p) { return p.tree->form == Form::object; }));
  std::string deep;
  const std::size_t depth = 100 + below(random, 3000);
  const bool array = below(random, 2) != 0;
  for (std::size_t i = 0; i < depth; ++i) deep += array ? "[" : R"({"a":)";
  deep += "1";
  deep.append(depth, array ? ']' : '}');
  place.tree->members.push_back({"x", false, raw(deep)});
  const std::string pointer = place.pointer + "/x";
  return Mutant{write(tree),
                {{true, pointer, "unknown field"}, {true, pointer, "nested deeper"}},
                true,  // what follows is not read
                {},
                Schema::either};
}

std::optional<Mutant> double_member(Tree tree, Random& random) {
  const Place place = pick(random, places_where(tree, is_member));
  const Member copy = place.parent->members[place.index];
  place.parent->members.push_back(copy);
  return Mutant{write(tree),
                {{true, pointer_to(parent_of(place.pointer), copy.name)}},
                false,
                {},
                Schema::either};
}

std::optional<Mutant> reorder(Tree tree, Random& random) {
  for (const Place& place : places_of(tree)) {
    std::ranges::shuffle(place.tree->members, random);
  }
  for (const Place& place : places_of(tree)) std::ranges::shuffle(place.tree->items, random);
  return Mutant{write(tree), {}, false, {}, Schema::valid};
}

// A part of the inventory where another is expected.
std::optional<Mutant> graft(Tree tree, Random& random) {
  Tree other = tree;
  const std::vector<Place> sources = places_of(other), places = places_of(tree);
  const Place &place = pick(random, places), &source = pick(random, sources);
  if (place.pointer == source.pointer) return std::nullopt;
  *place.tree = *source.tree;
  return Mutant{write(tree), {}, true, place.pointer, Schema::either};
}

// A value goes to an object that does not know its name.
std::optional<Mutant> move_member(Tree tree, Random& random) {
  std::vector<Place> from = places_where(tree, [](const Place& p) {
    return is_member(p) && p.parent->form == Form::object && !is_required(p);
  });
  if (from.empty()) return std::nullopt;
  const Place source = pick(random, from);
  const Member moved = source.parent->members[source.index];
  // Names of the top level are unknown everywhere else, and the other way round.
  constexpr std::string_view kTop[] = {"$schema", "policy", "roles", "gateways", "peers"};
  const bool top = std::ranges::find(kTop, moved.name) != std::end(kTop);
  if (!top && moved.name == "comment") return std::nullopt;
  source.parent->members.erase(source.parent->members.begin() +
                               static_cast<std::ptrdiff_t>(source.index));
  std::vector<Place> to =
      places_where(tree, [](const Place& p) { return p.tree->form == Form::object; });
  std::erase_if(to, [&](const Place& p) { return top == p.pointer.empty(); });
  if (to.empty()) return std::nullopt;
  const Place target = pick(random, to);
  target.tree->members.push_back(moved);
  return Mutant{write(tree),
                {{true, target.pointer + '/' + moved.name, "unknown field"}},
                true,
                {},
                Schema::invalid};
}

constexpr Mutation kMutations[] = {
    {"a field that must be there is gone", drop_required},
    {"a field that may be there is gone", drop_optional},
    {"an unknown field", add_unknown},
    {"nested deeply", add_deep},
    {"a field twice", double_member},
    {"another order", reorder},
    {"a part in the place of another", graft},
    {"a field that moved", move_member},
};

}  // namespace

std::span<const Mutation> structure_mutations() { return kMutations; }

}  // namespace wgaudit::mutate
