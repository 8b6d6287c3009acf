// One value becomes another.
#include <algorithm>

#include "tests/fuzz/mutate/mutations.hpp"

namespace wgaudit::mutate {
namespace {

// What a value of a form must not be, though its type is right; as JSON. A JSON Schema cannot see
// all of it: whether a date exists, how long a prefix may be, how many bytes a character has.
struct Malformed {
  Form form;
  std::string_view raw;
  Schema schema = Schema::invalid;
};
constexpr Malformed kMalformed[] = {
    {Form::key, R"("")"},
    {Form::key, R"("AAAA")"},
    {Form::key, R"("yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmh=")"},
    {Form::key, R"("yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmgg")"},
    {Form::key, R"(" yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmg=")"},
    {Form::duration, R"("")"},
    {Form::duration, R"("5 minutes")"},
    {Form::duration, R"("-5s")"},
    {Form::duration, R"("1h1d")"},
    {Form::duration, R"("1.5h")"},
    {Form::duration, R"("99999999999999999999y")", Schema::either},
    {Form::time, R"("yesterday")"},
    {Form::time, R"("2026-08-01 25")"},
    {Form::time, R"("2026-13-01")", Schema::either},
    {Form::time, R"("2026-02-30")", Schema::either},
    {Form::time, R"("2026-08-01T25:00:00Z")", Schema::either},
    {Form::prefix, R"("")"},
    {Form::prefix, R"("example.org")"},
    {Form::prefix, R"("fe80::1%eth0")"},
    {Form::prefix, R"("10.0.0.1/")"},
    {Form::prefix, R"("10.0.0.0/33")", Schema::either},
    {Form::prefix, R"("300.1.1.1")", Schema::either},
    {Form::prefix, R"("::/129")", Schema::either},
    {Form::place, R"("wg0")"},
    {Form::place, R"("/wg0")"},
    {Form::place, R"("gw1/")"},
    {Form::place, R"("gw1/x/y")"},
    {Form::place, R"("gw1/a b")", Schema::either},
    {Form::place, R"("gw1/0123456789abcdef")", Schema::either},
    {Form::name, R"("")"},
    {Form::kind, R"("person")"},
    {Form::kind, R"("User")"},
    {Form::status, R"("gone")"},
    {Form::status, R"("")"},
    {Form::interface_name, R"("")"},
    {Form::interface_name, R"("a/b")"},
    {Form::interface_name, R"("a:b")"},
    {Form::interface_name, R"("a b")"},
    {Form::interface_name, R"("0123456789abcdef")"},
    {Form::interface_name, R"(".")", Schema::either},
    {Form::gateway_name, R"("")"},
    {Form::gateway_name, R"("a/b")"},
    {Form::gateway_name, R"("*")", Schema::either},
    {Form::length4, "33"},
    {Form::length6, "129"},
    {Form::length4, "18446744073709551615"},
    {Form::number, "-1"},
    {Form::length6, "-9223372036854775808"},
    {Form::version, "0"},
    {Form::version, "2"},
    {Form::version, "-1"},
};

std::optional<Mutant> malform(Tree tree, Random& random) {
  const Malformed& malformed = pick(random, kMalformed);
  std::vector<Place> places = places_of(tree);
  std::erase_if(places, [&](const Place& place) { return place.tree->form != malformed.form; });
  if (places.empty()) return std::nullopt;
  const Place& place = pick(random, places);
  place.tree->raw = malformed.raw;
  return Mutant{
      write(tree), {{!place.in_record, place.pointer}}, place.in_record, {}, malformed.schema};
}

// 257 bytes in fewer than 257 characters.
std::optional<Mutant> lengthen_name(Tree tree, Random& random) {
  std::vector<Place> places = places_of(tree);
  std::erase_if(places, [](const Place& place) { return place.tree->form != Form::name; });
  if (places.empty()) return std::nullopt;
  const Place& place = pick(random, places);
  const bool wide = below(random, 2) != 0;
  std::string name;
  while (name.size() < 257) name += wide ? "\xc3\xbc" : "x";
  place.tree->raw = quoted(name);
  return Mutant{write(tree),
                {{!place.in_record, place.pointer, "longer than"}},
                place.in_record,
                {},
                wide ? Schema::either : Schema::invalid};
}

// Types of JSON by the first byte of a value.
char type_of(const std::string& json) {
  switch (json.front()) {
    case '{':
    case '[':
    case '"':
    case 'n':
      return json.front();
    case 't':
    case 'f':
      return 't';
    default:
      return json.find_first_of(".eE") == std::string::npos ? '0' : '.';
  }
}
std::string_view types_of(Form form) {
  switch (form) {
    case Form::object:
    case Form::map:
      return "{";
    case Form::array:
      return "[";
    case Form::flag_or_array:
      return "[t";
    case Form::flag:
      return "t";
    case Form::number:
    case Form::length4:
    case Form::length6:
    case Form::version:
      return "0";
    default:
      return "\"";
  }
}

const std::string kValues[] = {"null",
                               "true",
                               "false",
                               "0",
                               "-7",
                               "1.5",
                               "1e2",
                               "\"\"",
                               "\"x\"",
                               "[]",
                               "{}",
                               "[[], {}, 1]",
                               "-0.0",
                               "[null]",
                               R"({"x": [1, {"y": null}]})",
                               "18446744073709551616"};

std::optional<Mutant> change_type(Tree tree, Random& random) {
  std::vector<Place> places = places_of(tree);
  const Place& place = pick(random, places);
  const std::string& value = pick(random, kValues);
  // 2^64 is more than an integer of the reader holds, and an integer for a schema.
  const bool huge = value == kValues[15];
  const bool number = types_of(place.tree->form) == "0";
  if (!huge && types_of(place.tree->form).find(type_of(value)) != std::string_view::npos) {
    return std::nullopt;
  }
  place.tree->raw = value;
  // A number without a fraction is an integer for a schema, whatever it looks like.
  const bool integral = number && (huge || value == "1e2" || value == "-0.0");
  return Mutant{write(tree),
                {{true, place.pointer, "wrong type"}},
                true,
                {},
                integral ? Schema::either : Schema::invalid};
}

// Grammatical, and beyond every double.
std::optional<Mutant> overflow(Tree tree, Random& random) {
  std::vector<Place> places = places_of(tree);
  const Place& place = pick(random, places);
  const std::string kHuge[] = {"1e999", "-1E+400", std::string(400, '9'),
                               std::string(400, '9') + ".5"};
  place.tree->raw = pick(random, kHuge);
  return Mutant{write(tree),
                {{true, place.pointer, "a number beyond all bounds"}},
                true,
                {},
                Schema::not_json};
}

// Another value that is as good.
struct Fine {
  Form form;
  std::string_view raw;
};
constexpr Fine kFine[] = {
    {Form::text, R"("\u0000\ud83d\ude00 \/ \n")"},
    {Form::text, "\"\""},
    {Form::duration, R"("1y2w3d4h5m6s7ms")"},
    {Form::duration, R"("200s")"},
    {Form::time, R"("2024-02-29T23:59:59.123456789-12:30")"},
    {Form::prefix, R"("0.0.0.0/0")"},
    {Form::prefix, R"("::ffff:1.2.3.4/128")"},
    {Form::place, R"("*/*")"},
    {Form::place, R"("*/ns with a blank:wg\u0030")"},
    {Form::number, "18446744073709551615"},
    {Form::number, "0"},
    {Form::length4, "0"},
    {Form::length6, "128"},
    {Form::kind, R"("\u0075ser")"},
};
std::optional<Mutant> change_value(Tree tree, Random& random) {
  const Fine& fine = pick(random, kFine);
  std::vector<Place> places = places_of(tree);
  std::erase_if(places, [&](const Place& place) { return place.tree->form != fine.form; });
  if (places.empty()) return std::nullopt;
  pick(random, places).tree->raw = fine.raw;
  return Mutant{write(tree), {}, false, {}, Schema::valid};
}

constexpr Mutation kMutations[] = {
    {"a malformed value", malform},       {"a name that is too long", lengthen_name},
    {"another type", change_type},        {"a number beyond all bounds", overflow},
    {"another good value", change_value},
};

}  // namespace

std::span<const Mutation> value_mutations() { return kMutations; }

}  // namespace wgaudit::mutate
