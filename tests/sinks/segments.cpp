#include "tests/sinks/segments.hpp"

#include <string.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>

#include "exporter/codec/sha256.hpp"
#include "tests/support/files.hpp"

namespace wgaudit::test {
namespace {

using Json = nlohmann::json;

class Verifier {
 public:
  void file(const std::string& name, const std::string& bytes) {
    file_ = name;
    line_ = 0;
    if (!bytes.empty() && bytes.back() != '\n') problem("the last line is open");
    for (std::size_t at = 0; at < bytes.size();) {
      const std::size_t end = std::min(bytes.find('\n', at), bytes.size());
      raw_line(bytes.substr(at, end - at));
      at = end + 1;
    }
    previous_ = name;
  }
  Segments take() {
    if (torn_) problem("a torn line that no segment records");
    return std::move(out_);
  }

 private:
  void raw_line(const std::string& raw) {
    ++line_;
    const Json json = Json::parse(raw, nullptr, false);
    if (!json.is_object()) {
      // A first line that would have recorded the torn one before can be torn itself.
      if (torn_ && line_ > 1) problem("two torn lines");
      torn_ = true;
      torn_bytes_ = raw.size();
    } else {
      object(json, raw);
    }
    last_hash_ = sha256_hex(raw);
  }
  void object(const Json& json, const std::string& raw) {
    const auto prev_hash = "/wireguard/audit/prev_hash"_json_pointer;
    if (!json.contains(prev_hash)) return problem("is none of ours");
    if (json.at(prev_hash) != "sha256:" + last_hash_) {
      problem("does not follow on the line before");
    }
    const Json& about = json.at("event");
    const bool opens = about.at("action") == "segment-opened";
    if (opens != (line_ == 1)) problem("first line and action do not go together");
    if (opens) return first_line(json, raw);
    if (torn_) problem("goes on after a torn line");
    if (!about.contains("sequence")) return;  // a checkpoint, or a record of what was removed
    out_.sequences.push_back(about.at("sequence"));
    out_.ids.push_back(about.at("id"));
    out_.last_event = raw;
  }
  void first_line(const Json& json, const std::string& raw) {
    const Json& segment = json.at("wireguard").at("segment");
    FirstLine line;
    line.name = segment.at("name");
    line.reason = json.at("event").at("reason");
    line.previous = segment.value("previous", "");
    line.installation = json.at("/wireguard/audit/installation"_json_pointer);
    line.first_sequence = segment.at("first_sequence");
    line.torn_bytes = segment.value("torn_bytes", std::uint64_t{0});
    line.repeats = segment.value("repeats", false);
    if (line.name != file_) problem("has another name than its file");
    if (line.previous != previous_) problem("follows on another segment");
    if (raw.size() < 1100) problem("is shorter than 1,100 bytes");
    if (line.torn_bytes != (torn_ ? torn_bytes_ : 0)) problem("records another torn line");
    if (torn_ && segment.value("torn_hash", "") != last_hash_) problem("records another hash");
    torn_ = false;
    out_.first_lines.push_back(std::move(line));
  }
  void problem(const std::string& what) {
    out_.problems.push_back(file_ + ':' + std::to_string(line_) + ": " + what);
  }

  Segments out_;
  std::string file_, previous_;
  std::size_t line_ = 0;
  std::string last_hash_ = std::string(64, '0');
  bool torn_ = false;
  std::size_t torn_bytes_ = 0;
};

}  // namespace

std::vector<std::string> Segments::reasons() const {
  std::vector<std::string> reasons;
  for (const FirstLine& line : first_lines) reasons.push_back(line.reason);
  return reasons;
}

std::vector<std::string> segment_files(const std::filesystem::path& directory) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    const auto name = entry.path().filename().string();
    if (name.starts_with("audit-") && name.ends_with(".jsonl")) names.push_back(name);
  }
  // As `ls -v`: a suffix such as .jsonl does not take part.
  const auto stem = [](const std::string& name) { return name.substr(0, name.size() - 6); };
  std::ranges::sort(names, [&](const std::string& a, const std::string& b) {
    return strverscmp(stem(a).c_str(), stem(b).c_str()) < 0;
  });
  return names;
}

Segments read_segments(const std::filesystem::path& directory) {
  Verifier verifier;
  for (const std::string& name : segment_files(directory)) {
    verifier.file(name, read_file(directory / name));
  }
  return verifier.take();
}

std::vector<std::uint64_t> up_to(std::uint64_t last) {
  std::vector<std::uint64_t> sequences(last);
  std::iota(sequences.begin(), sequences.end(), std::uint64_t{1});
  return sequences;
}

}  // namespace wgaudit::test
