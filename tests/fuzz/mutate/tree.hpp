// An inventory as a tree that knows what each of its values is meant to be, and can hold what no
// JSON library lets one write: names twice, numbers and strings that are none.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace wgaudit::mutate {

// What a value is meant to be. Stated here, not taken from the reader's tables: an oracle of its
// own.
enum class Form : std::uint8_t {
  object,  // of known members
  map,     // of free names
  array,
  flag_or_array,
  text,
  name,
  flag,
  number,
  length4,
  length6,
  version,
  key,
  duration,
  time,
  prefix,
  place,
  kind,
  status,
  interface_name,
  gateway_name,
};

struct Member;
struct Tree {
  Form form = Form::text;
  bool record = false;  // a peer or a gateway: what is malformed within costs it alone
  std::string raw;      // of a scalar, as JSON
  std::vector<Member> members;
  std::vector<Tree> items;
};
struct Member {
  std::string name;
  bool required = false;
  Tree value;
};

using Random = std::mt19937_64;
[[nodiscard]] inline std::size_t below(Random& random, std::size_t limit) {
  return random() % limit;
}
template <typename List>
[[nodiscard]] const auto& pick(Random& random, const List& list) {
  return list[below(random, std::size(list))];
}

[[nodiscard]] std::string quoted(std::string_view text);  // as JSON
[[nodiscard]] std::string write(const Tree& tree);
[[nodiscard]] std::string escaped_token(std::string_view name);  // RFC 6901

[[nodiscard]] std::string random_key(Random& random);
// A whole inventory without a problem, of two to five peers, most fields there.
[[nodiscard]] Tree sample(Random& random);

}  // namespace wgaudit::mutate
