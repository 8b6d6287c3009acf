// What the events of ECS lines are in OCSF.
//
// usage: ocsf_forms FILE... >LINES        (- for standard input)
//
// Exit code 1 when a line cannot be read back into its event; it is named.
#include <cstddef>
#include <fstream>
#include <iostream>
#include <string>

#include "exporter/codec/event_json.hpp"
#include "tests/codec/event_reader.hpp"

namespace {

constexpr std::size_t kMostNamed = 20;

// How many lines could not be read.
std::size_t convert(std::istream& in, const std::string& name) {
  std::size_t unread = 0, number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    const auto read = wgaudit::test::read_ecs(line);
    if (read) {
      std::cout << wgaudit::to_ocsf(read->event, read->origin, read->installation, read->prev_hash)
                << '\n';
    } else if (++unread <= kMostNamed) {
      std::cerr << name << ':' << number << ": " << read.error() << '\n';
    }
  }
  return unread;
}

}  // namespace

int main(int count, char** arguments) {
  std::ios::sync_with_stdio(false);
  std::size_t unread = 0;
  for (int i = 1; i < count; ++i) {
    const std::string name = arguments[i];
    std::ifstream file;
    if (name != "-") file.open(name, std::ios::binary);
    unread += convert(name == "-" ? std::cin : file, name);
  }
  std::cout.flush();
  return unread == 0 && std::cout ? 0 : 1;
}
