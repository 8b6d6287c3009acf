#include "tests/fuzz/mutate/tree.hpp"

#include <cstdio>

#include "collectors/model/key.hpp"

namespace wgaudit::mutate {
namespace {

bool is_object(Form form) { return form == Form::object || form == Form::map; }
bool is_array(const Tree& tree) {
  return tree.form == Form::array || (tree.form == Form::flag_or_array && tree.raw.empty());
}

void write_to(std::string& out, const Tree& tree) {
  if (!tree.raw.empty()) {
    out += tree.raw;
  } else if (is_object(tree.form)) {
    out += '{';
    for (const Member& member : tree.members) {
      if (&member != &tree.members.front()) out += ", ";
      out += quoted(member.name) + ": ";
      write_to(out, member.value);
    }
    out += '}';
  } else if (is_array(tree)) {
    out += '[';
    for (const Tree& item : tree.items) {
      if (&item != &tree.items.front()) out += ", ";
      write_to(out, item);
    }
    out += ']';
  }
}

}  // namespace

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    char escape[8];
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(c));
      out += escape;
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string write(const Tree& tree) {
  std::string out;
  write_to(out, tree);
  return out;
}

std::string escaped_token(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

std::string random_key(Random& random) {
  Key key;
  for (auto& byte : key.bytes) byte = static_cast<std::uint8_t>(random());
  return to_string(key);
}

}  // namespace wgaudit::mutate
