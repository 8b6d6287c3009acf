// Ways in which an inventory goes wrong, and what the reader has to say of each.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tests/fuzz/mutate/tree.hpp"

namespace wgaudit::mutate {

struct Expected {
  bool error = false;
  std::string pointer;
  std::string_view reason{};  // its start; "" = any
};

// What a JSON Schema is to say of the text. `either`: it cannot know (one key twice), or need not.
enum class Schema : std::uint8_t { valid, invalid, either, not_json };

struct Mutant {
  std::string text;
  std::vector<Expected> expected;
  // More problems may follow where the change takes away what other values refer to.
  bool may_break_references = false;
  // Whatever it says has to point into this part; then `expected` is at least.
  std::optional<std::string> within;
  Schema schema = Schema::invalid;
};

struct Mutation {
  std::string_view name;
  // Absent: this sample has nothing that it can be done to.
  std::optional<Mutant> (*apply)(Tree tree, Random& random);
};
[[nodiscard]] std::span<const Mutation> mutations();

// --- what mutations are made of ---

// A value and where it stands.
struct Place {
  Tree* tree = nullptr;
  Tree* parent = nullptr;  // null: the root
  std::size_t index = 0;   // of the parent's members or items
  std::string pointer;
  bool in_record = false;  // a record, or within one
};
[[nodiscard]] std::vector<Place> places_of(Tree& root);
[[nodiscard]] Tree* member_of(Tree& object, std::string_view name);
[[nodiscard]] std::string parent_of(const std::string& pointer);

[[nodiscard]] std::span<const Mutation> value_mutations();
[[nodiscard]] std::span<const Mutation> structure_mutations();
[[nodiscard]] std::span<const Mutation> text_mutations();
[[nodiscard]] std::span<const Mutation> meaning_mutations();

}  // namespace wgaudit::mutate
