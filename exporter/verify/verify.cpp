#include "exporter/verify/verify.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <system_error>
#include <thread>
#include <utility>

#include "exporter/sinks/segment_directory.hpp"
#include "exporter/verify/line_pipeline.hpp"

namespace wgaudit {
namespace {

constexpr unsigned kMaxThreads = 8;
constexpr const char* kWhat = "cannot verify";

struct Input {
  SegmentName name;
  std::string path;
};

std::expected<void, Error> add_directory(const std::string& path, std::vector<Input>& inputs) {
  const auto directory = SegmentDirectory::open_to_read(path);
  if (!directory) return std::unexpected(directory.error());
  if (*directory == nullptr) return std::unexpected(Error{kWhat, path, "it is gone"});
  const auto names = (*directory)->segments();
  if (!names) return std::unexpected(names.error());
  for (const SegmentName& name : *names) inputs.push_back({name, (*directory)->path_of(name)});
  return {};
}

std::expected<std::vector<Input>, Error> inputs_of(const std::vector<std::string>& paths) {
  std::vector<Input> inputs;
  for (const std::string& path : paths) {
    struct stat status{};
    if (stat(path.c_str(), &status) != 0) {
      return std::unexpected(Error{kWhat, path, std::generic_category().message(errno)});
    }
    if (S_ISDIR(status.st_mode)) {
      if (auto added = add_directory(path, inputs); !added) return std::unexpected(added.error());
      continue;
    }
    const auto name = parse_segment_name(path.substr(path.rfind('/') + 1));
    if (!name) {
      return std::unexpected(Error{kWhat, path, "no name of a segment (audit-TIME-NUMBER.jsonl)"});
    }
    inputs.push_back({*name, path});
  }
  std::ranges::stable_sort(inputs, {}, &Input::name);
  return inputs;
}

// What is small is done before a thread has begun.
unsigned threads_for(const std::vector<Input>& inputs) {
  constexpr off_t kSmall = off_t{1} << 22U;
  off_t bytes = 0;
  for (const Input& input : inputs) {
    struct stat status{};
    if (stat(input.path.c_str(), &status) == 0) bytes += status.st_size;
  }
  return bytes < kSmall ? 0 : std::clamp(std::thread::hardware_concurrency(), 1U, kMaxThreads);
}

// Keeps the pipeline full, and takes what comes out of it, in order.
class Run {
 public:
  Run(const std::vector<Input>& inputs, const VerifyOptions& options)
      : inputs_(inputs), checker_(options), pipeline_(threads_for(inputs), options.deep) {}

  LogVerdict run() {
    for (std::size_t file = 0; file < inputs_.size(); ++file) read(file);
    while (!pipeline_.is_empty()) take();
    begin_through(inputs_.size());
    return checker_.finish();
  }

 private:
  void put(std::unique_ptr<ScannedBlock> block) {
    pipeline_.put(std::move(block));
    while (pipeline_.is_full()) take();
  }

  void read(std::size_t file) {
    auto reader = LineReader::open(inputs_[file].path);
    std::string error = reader ? "" : reader.error();
    while (error.empty()) {
      auto block = std::make_unique<ScannedBlock>();
      block->file = file;
      const auto more = reader->next(block->block);
      if (!more) error = more.error();
      if (!more.value_or(false)) break;
      put(std::move(block));
    }
    if (error.empty()) return;
    auto block = std::make_unique<ScannedBlock>();
    block->file = file;
    block->error = std::move(error);
    put(std::move(block));
  }

  void begin_through(std::size_t files) {
    for (; begun_ < files; ++begun_) checker_.begin_file(to_string(inputs_[begun_].name));
  }

  void take() {
    const auto block = pipeline_.take();
    begin_through(block->file + 1);
    for (const ScannedLine& line : block->lines) checker_.take(line);
    if (!block->error.empty()) checker_.unreadable(block->error);
  }

  const std::vector<Input>& inputs_;
  ChainChecker checker_;
  std::size_t begun_ = 0;  // files
  LinePipeline pipeline_;
};

}  // namespace

std::expected<LogVerdict, Error> verify_segments(const std::vector<std::string>& paths,
                                                 const VerifyOptions& options) {
  const auto inputs = inputs_of(paths);
  if (!inputs) return std::unexpected(inputs.error());
  return Run(*inputs, options).run();
}

}  // namespace wgaudit
