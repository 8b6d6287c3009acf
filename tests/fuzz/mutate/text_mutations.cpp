// The text is no JSON any more.
#include "tests/fuzz/mutate/mutations.hpp"

namespace wgaudit::mutate {
namespace {

Mutant not_json(std::string text) {
  // What refers to something that was not read is said too.
  return {std::move(text), {{true, "", "not JSON"}}, true, {}, Schema::not_json};
}

std::optional<Mutant> cut(Tree tree, Random& random) {
  const std::string text = write(tree);
  return not_json(text.substr(0, below(random, text.size())));
}

std::optional<Mutant> append(Tree tree, Random& random) {
  const std::string kMore[] = {" x", "}", "{}", ", 1", std::string("\0", 1), " \n ]", "\xff", "//"};
  return not_json(write(tree) + pick(random, kMore));
}

// In the place of a value.
std::optional<Mutant> no_value(Tree tree, Random& random) {
  const std::string kRaw[] = {"01",
                              "NaN",
                              "'x'",
                              ".5",
                              "+1",
                              "tru",
                              R"("\x")",
                              R"("\ud800")",
                              "\"\n\"",
                              "\"\xff\"",
                              "\"\xc0\xaf\"",
                              "\"\xed\xa0\x80\"",
                              "\"\xf5\x80\x80\x80\"",
                              "nul",
                              "[1,]",
                              R"({"a":1,})",
                              R"({"a" 1})",
                              "[1 2]",
                              R"("a)",
                              "\x01",
                              "1.",
                              "-",
                              "/* */ 1",
                              "{1: 2}"};
  std::vector<Place> places = places_of(tree);
  const Place& place = pick(random, places);
  place.tree->raw = pick(random, kRaw);
  Mutant mutant = not_json(write(tree));
  mutant.within = place.pointer;  // it may have begun as a value of another type
  return mutant;
}

std::optional<Mutant> plant_nul(Tree tree, Random& random) {
  std::string text = write(tree);
  text.insert(below(random, text.size() + 1), 1, '\0');
  return not_json(text);
}

// White space and a byte order mark are no part of the text.
std::optional<Mutant> surround(Tree tree, Random& random) {
  const std::string kBefore[] = {"\xef\xbb\xbf", " \r\n\t", ""};
  const std::string kAfter[] = {"\n", "\r\n \t", ""};
  return Mutant{
      pick(random, kBefore) + write(tree) + pick(random, kAfter), {}, false, {}, Schema::either};
}

constexpr Mutation kMutations[] = {
    {"a text that ends too early", cut},    {"a text that goes on", append},
    {"what is no value of JSON", no_value}, {"a NUL byte", plant_nul},
    {"blanks around the text", surround},
};

}  // namespace

std::span<const Mutation> text_mutations() { return kMutations; }

}  // namespace wgaudit::mutate
