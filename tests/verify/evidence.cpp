// evidence log DIR BYTES          writes a signed log of that size, and its keys beside it
// evidence edits COUNT [SEED]     makes so many random edits of one, each for itself; exits 1 where
//                                 one is not found, or the untouched log is not whole
#include <sys/stat.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include "tests/sinks/events.hpp"
#include "tests/support/files.hpp"
#include "tests/verify/edits.hpp"

namespace wgaudit::test {
namespace {

int make_log(const std::string& directory, std::uint64_t bytes) {
  FileSink sink(log_options(directory,
                            {.segment_bytes = std::uint64_t{16} << 20U, .checkpoint_lines = 1000}));
  std::uint64_t position = sink.resume(kInstallation, std::nullopt);
  const std::uint64_t size_of_one =
      to_ecs(event(1'000'000), origin(), kInstallation, std::string(64, '0')).size() + 1;
  for (; position * size_of_one < bytes; position += 500) {
    if (!sink.deliver(batch(position + 1, 500))) return 1;
  }
  sink.end();
  std::ofstream(directory + "/key.pub") << test_key()->verifying().pem();
  const ChainHead head = sink.status().head;
  std::cout << head.sequence << ':' << head.hash << '\n';
  return 0;
}

struct Count {
  std::uint64_t made = 0, tampered = 0, incomplete = 0;
};

int make_edits(std::uint64_t count, std::uint64_t seed) {
  const TempDir directory;
  const ChainHead head = write_log(directory.path(), {});
  const Files original = read_files(directory.path());
  int code = exit_code_of(verify_edited({"none", nullptr, true}, directory.path(), head));
  std::cout << "untouched: exit " << code << ", " << original.size() << " segments; seed " << seed
            << '\n';
  Random random(seed);
  std::vector<Count> counts(edit_kinds().size());
  for (std::uint64_t done = 0; done < count;) {
    const std::size_t which = random() % counts.size();
    const EditKind& kind = edit_kinds()[which];
    Files files = original;
    if (!kind.apply(files, random) || files == original) continue;
    ++done;
    write_files(directory.path(), files, original);
    const LogVerdict verdict = verify_edited(kind, directory.path(), head);
    ++counts[which].made;
    counts[which].tampered += exit_code_of(verdict) == 1 ? 1 : 0;
    counts[which].incomplete += exit_code_of(verdict) == 4 ? 1 : 0;
    if (exit_code_of(verdict) == 0) {
      std::cout << "NOT FOUND: edit " << done << ", " << kind.name << '\n';
      code = 1;
    }
    write_files(directory.path(), original, files);
  }
  for (std::size_t i = 0; i < counts.size(); ++i) {
    std::cout << edit_kinds()[i].name << ": " << counts[i].made << ", tampered "
              << counts[i].tampered << ", incomplete " << counts[i].incomplete << '\n';
  }
  if (exit_code_of(verify_log(directory.path())) != 0) code = 1;
  return code;
}

int run(const std::vector<std::string>& arguments) {
  if (arguments.size() == 3 && arguments[0] == "log") {
    return make_log(arguments[1], std::stoull(arguments[2]));
  }
  if (arguments.size() >= 2 && arguments[0] == "edits") {
    return make_edits(std::stoull(arguments[1]),
                      arguments.size() > 2 ? std::stoull(arguments[2]) : 1);
  }
  std::cerr << "usage: evidence log DIR BYTES | edits COUNT [SEED]\n";
  return 2;
}

}  // namespace
}  // namespace wgaudit::test

int main(int argc, char** argv) { return wgaudit::test::run({argv + 1, argv + argc}); }
