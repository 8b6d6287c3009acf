// Looks for byte patterns in the memory of processes: /proc/PID/mem along /proc/PID/maps.
// Prints one line a pattern and process: PID NAME COUNT. Exits 1 if a process could not be read.
// usage: memscan PATTERNS PID…      PATTERNS: lines of NAME HEX
#include <cstdio>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace {

struct Pattern {
  std::string name;
  std::string bytes;
};

std::vector<Pattern> read_patterns(const char* path) {
  std::vector<Pattern> patterns;
  std::ifstream file(path);
  std::string name, hex;
  while (file >> name >> hex) {
    Pattern pattern{name, {}};
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
      pattern.bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
    }
    patterns.push_back(pattern);
  }
  return patterns;
}

std::size_t count_in(const std::string& memory, const std::string& pattern) {
  std::size_t count = 0;
  for (auto at = memory.find(pattern); at != std::string::npos; at = memory.find(pattern, at + 1)) {
    ++count;
  }
  return count;
}

bool scan(const std::string& pid, const std::vector<Pattern>& patterns) {
  std::ifstream maps("/proc/" + pid + "/maps");
  std::FILE* mem = std::fopen(("/proc/" + pid + "/mem").c_str(), "rb");
  if (mem == nullptr) return false;
  std::vector<std::size_t> counts(patterns.size());
  std::size_t total = 0;
  std::string line;
  while (std::getline(maps, line)) {
    unsigned long begin = 0, end = 0;
    char flags[8] = "";
    if (std::sscanf(line.c_str(), "%lx-%lx %7s", &begin, &end, flags) != 3) continue;
    if (flags[0] != 'r') continue;
    std::string memory(end - begin, '\0');
    if (std::fseek(mem, static_cast<long>(begin), SEEK_SET) != 0) continue;
    memory.resize(std::fread(memory.data(), 1, memory.size(), mem));
    total += memory.size();
    for (std::size_t i = 0; i < patterns.size(); ++i) {
      counts[i] += count_in(memory, patterns[i].bytes);
    }
  }
  std::fclose(mem);
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    std::printf("%s %s %zu\n", pid.c_str(), patterns[i].name.c_str(), counts[i]);
  }
  std::printf("%s scanned_bytes %zu\n", pid.c_str(), total);
  return total > 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const auto patterns = read_patterns(argv[1]);
  bool good = !patterns.empty();
  for (int i = 2; i < argc; ++i) good = scan(argv[i], patterns) && good;
  return good ? 0 : 1;
}
