// Mutates inventories that are whole, one way at a time, and holds what the reader says against
// what it has to say: which problems, how severe, pointing where.
//
// usage: inventory_mutations [COUNT [SEED]]        exits 1 at the first that is not as expected
//        inventory_mutations --write DIR COUNT     texts for a JSON Schema validator:
//        NAME.valid.json,
//                                                  .invalid.json; no text of which it cannot know
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "exporter/codec/inventory_json.hpp"
#include "tests/fuzz/mutate/mutations.hpp"

namespace wgaudit::mutate {
namespace {

constexpr std::string_view kReferences[] = {"no such gateway", "no such role", "no such rule",
                                            "two active keys of one device"};
// What a part may break in the place of another, beyond itself.
constexpr std::string_view kGrafted[] = {
    "this key has a record already",     "the same record is there already",
    "this gateway has an entry already", "has no effect while the status",
    "a key cannot replace itself",       "under 180s"};

bool begins_with_any(const std::string& reason, std::span<const std::string_view> starts) {
  return std::ranges::any_of(starts, [&](std::string_view s) { return reason.starts_with(s); });
}

bool is(const Problem& problem, const Expected& expected) {
  return (problem.severity == Problem::Severity::error) == expected.error &&
         problem.pointer == expected.pointer && problem.reason.starts_with(expected.reason);
}

// "" = as expected.
std::string judge_problems(const Mutant& mutant, std::vector<Problem> problems) {
  for (const Expected& expected : mutant.expected) {
    const auto found =
        std::ranges::find_if(problems, [&](const Problem& p) { return is(p, expected); });
    if (found == problems.end()) return "not said: " + expected.pointer;
    problems.erase(found);
  }
  for (const Problem& problem : problems) {
    const bool reference = begins_with_any(problem.reason, kReferences);
    const bool grafted = begins_with_any(problem.reason, kGrafted);
    const bool inside = mutant.within && (problem.pointer + '/').starts_with(*mutant.within + '/');
    // What a field is missing in, or a record is made of by the graft.
    const bool above = mutant.within && mutant.within->starts_with(problem.pointer);
    if (mutant.within && (inside || above || grafted)) continue;
    if (!mutant.may_break_references || !reference) return "not expected: " + problem.pointer;
  }
  return "";
}

std::string judge_pointers(const Mutant& mutant, const std::vector<Problem>& problems) {
  const auto json = nlohmann::json::parse(mutant.text, nullptr, false);
  if (json.is_discarded()) return mutant.schema == Schema::not_json ? "" : "not JSON";
  for (const Problem& problem : problems) {
    try {
      if (json.contains(nlohmann::json::json_pointer(problem.pointer))) continue;
    } catch (const nlohmann::json::exception&) {
    }
    return "points nowhere: " + problem.pointer;
  }
  return "";
}

std::string judge_inventory(const LoadedInventory& loaded, const std::string& text) {
  if (loaded.inventory.has_value() == has_errors(loaded.problems))
    return "neither whole nor refused";
  if (!loaded.inventory) return "";
  std::size_t ignored = 0;
  for (const Problem& problem : loaded.problems) {
    if (problem.pointer.starts_with("/peers/") && problem.reason.ends_with(" ignored")) ++ignored;
  }
  const auto json = nlohmann::json::parse(text);
  const std::size_t peers = json.contains("peers") ? json["peers"].size() : 0;
  // One record may have several problems: at most so many are gone.
  if (loaded.inventory->records.size() > peers) return "more records than the text has";
  if (loaded.inventory->records.size() + ignored < peers) return "a record is gone, and not named";
  for (const Record& record : loaded.inventory->records) {
    if (loaded.inventory->find(record.public_key) != &record) return "a record that is not found";
  }
  return "";
}

std::string judge(const Mutant& mutant) {
  const LoadedInventory loaded = parse_inventory(mutant.text, "mutant");
  for (const std::string& why :
       {judge_problems(mutant, loaded.problems), judge_pointers(mutant, loaded.problems),
        judge_inventory(loaded, mutant.text)}) {
    if (why.empty()) continue;
    std::string all = why + "\n" + mutant.text + "\n";
    for (const Expected& e : mutant.expected) all += "expected: " + e.pointer + "\n";
    for (const Problem& problem : loaded.problems) all += to_string(problem) + "\n";
    return all;
  }
  return "";
}

struct Made {
  const Mutation* mutation;
  Mutant mutant;
};
Made make(Random& random) {
  for (;;) {
    const Mutation& mutation = pick(random, mutations());
    if (auto mutant = mutation.apply(sample(random), random))
      return {&mutation, *std::move(mutant)};
  }
}

int run(std::size_t count, std::uint64_t seed) {
  std::map<std::string_view, std::size_t> counts;
  std::size_t problems = 0, whole = 0;
  for (std::size_t i = 0; i < count; ++i) {
    Random random(seed + i);
    const Made made = make(random);
    if (const std::string why = judge(made.mutant); !why.empty()) {
      std::printf("%.*s, seed %zu: %s\n", static_cast<int>(made.mutation->name.size()),
                  made.mutation->name.data(), static_cast<std::size_t>(seed + i), why.c_str());
      return 1;
    }
    ++counts[made.mutation->name];
    problems += made.mutant.expected.size();
    whole += made.mutant.expected.empty() ? 1 : 0;
  }
  for (const auto& [name, number] : counts) {
    std::printf("%7zu  %.*s\n", number, static_cast<int>(name.size()), name.data());
  }
  std::printf("%zu mutants: %zu problems named at their place, %zu without one\n", count, problems,
              whole);
  return counts.size() == mutations().size() ? 0 : 1;
}

int write_texts(const std::string& directory, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    Random random(i);
    const Made made = make(random);
    if (made.mutant.schema != Schema::valid && made.mutant.schema != Schema::invalid) continue;
    const char* verdict = made.mutant.schema == Schema::valid ? "valid" : "invalid";
    std::ofstream(directory + '/' + std::to_string(i) + '.' + verdict + ".json")
        << made.mutant.text;
  }
  return 0;
}

}  // namespace
}  // namespace wgaudit::mutate

int main(int argc, char** argv) {
  using namespace wgaudit::mutate;
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  const auto number = [&](std::size_t i, std::size_t otherwise) {
    return i < arguments.size() ? std::strtoull(arguments[i].c_str(), nullptr, 10) : otherwise;
  };
  if (!arguments.empty() && arguments[0] == "--write")
    return write_texts(arguments.at(1), number(2, 0));
  return run(number(0, 5000), number(1, 1));
}
