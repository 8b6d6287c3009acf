// Loads an inventory of 100,000 generated records; prints seconds and peak memory of the process.
//
// usage: inventory_load [RECORDS] [--write FILE]. Exits 1 over 1 s or 120 MB (for 100,000).
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

#include "exporter/codec/inventory_json.hpp"
#include "tests/bench/numbered_key.hpp"

namespace {

using namespace wgaudit;

// Records as a provisioning system would write them.
void write_inventory(const std::string& path, std::uint32_t records) {
  std::ofstream out(path);
  out << R"({"version": 1, "roles": {"laptop": {}, "service": {"always_on": true}},)"
      << R"( "gateways": [{"name": "gw1"}], "peers": [)";
  for (std::uint32_t i = 0; i < records; ++i) {
    out << (i == 0 ? "\n" : ",\n") << R"({"public_key": ")" << to_string(bench::numbered_key(i))
        << R"(", "principal": "user-)" << i << R"(", "kind": "user", "device": "laptop-)" << i
        << R"(", "role": "laptop", "status": "active", "issued_at": "2026-08-01T00:00:00Z", )"
        << R"("at": ["gw1/wg0"], "allowed_ips": ["10.)" << (i >> 16U) << '.' << (i >> 8U & 255U)
        << '.' << (i & 255U) << R"(/32"], "tags": {"team": "sre"}})";
  }
  out << "\n]}\n";
}

int load(const std::string& path, std::uint32_t records) {
  const auto begin = std::chrono::steady_clock::now();
  const auto loaded = load_inventory(path);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  struct rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const double megabytes = static_cast<double>(usage.ru_maxrss) * 1024 / 1e6;
  std::printf("%u records: %.3f s, peak %.1f MB\n", records, seconds.count(), megabytes);
  const bool whole = loaded.inventory && loaded.inventory->records.size() == records;
  if (!whole) std::printf("not loaded whole: %zu problems\n", loaded.problems.size());
  return whole && seconds.count() < 1 && megabytes < 120 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const auto records = argc > 1 ? static_cast<std::uint32_t>(std::atoi(argv[1])) : 100'000U;
  if (argc > 3 && std::string_view(argv[2]) == "--write") {
    write_inventory(argv[3], records);
    return 0;
  }
  const std::string path = "/tmp/wgaudit-bench-" + std::to_string(getpid()) + ".json";
  write_inventory(path, records);
  const int status = load(path, records);
  unlink(path.c_str());
  return status;
}
