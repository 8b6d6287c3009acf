#include <algorithm>

#include "tests/fuzz/mutate/mutations.hpp"

namespace wgaudit::mutate {
namespace {

void collect(Tree& tree, const Place& here, std::vector<Place>& places) {
  places.push_back(here);
  const auto add = [&](Tree& child, std::size_t index, const std::string& token) {
    collect(child,
            {&child, &tree, index, here.pointer + '/' + token, here.in_record || child.record},
            places);
  };
  for (std::size_t i = 0; i < tree.members.size(); ++i) {
    add(tree.members[i].value, i, escaped_token(tree.members[i].name));
  }
  for (std::size_t i = 0; i < tree.items.size(); ++i) add(tree.items[i], i, std::to_string(i));
}

}  // namespace

std::vector<Place> places_of(Tree& root) {
  std::vector<Place> places;
  collect(root, {&root, nullptr, 0, "", false}, places);
  return places;
}

Tree* member_of(Tree& object, std::string_view name) {
  const auto found = std::ranges::find(object.members, name, &Member::name);
  return found == object.members.end() ? nullptr : &found->value;
}

std::string parent_of(const std::string& pointer) { return pointer.substr(0, pointer.rfind('/')); }

std::span<const Mutation> mutations() {
  static const std::vector<Mutation> all = [] {
    std::vector<Mutation> list;
    for (const auto part :
         {value_mutations(), structure_mutations(), text_mutations(), meaning_mutations()}) {
      list.insert(list.end(), part.begin(), part.end());
    }
    return list;
  }();
  return all;
}

}  // namespace wgaudit::mutate
