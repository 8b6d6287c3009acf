#include "tests/verify/edits.hpp"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <span>
#include <vector>

#include "exporter/codec/sha256.hpp"
#include "exporter/signing/signature.hpp"
#include "exporter/sinks/line_scan.hpp"
#include "exporter/sinks/segment_name.hpp"

namespace wgaudit::test {
namespace {

std::size_t below(Random& random, std::size_t size) { return random() % size; }

std::string& any_file(Files& files, Random& random) {
  return std::next(files.begin(), static_cast<std::ptrdiff_t>(below(random, files.size())))->second;
}

// With their line feeds.
std::vector<std::string> lines_of(const std::string& bytes) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t end = std::min(bytes.find('\n', at), bytes.size() - 1) + 1;
    lines.push_back(bytes.substr(at, end - at));
    at = end;
  }
  return lines;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string bytes;
  for (const std::string& line : lines) bytes += line;
  return bytes;
}

bool flip(Files& files, Random& random) {
  std::string& bytes = any_file(files, random);
  char& byte = bytes[below(random, bytes.size())];
  byte = static_cast<char>(byte ^ static_cast<char>(1 + below(random, 255)));
  return true;
}

bool insert(Files& files, Random& random) {
  std::string& bytes = any_file(files, random);
  constexpr std::string_view kSome("\0\n }{\"0a", 9);
  bytes.insert(below(random, bytes.size() + 1), 1, kSome[below(random, kSome.size())]);
  return true;
}

template <typename Change>
bool change_lines(Files& files, Random& random, Change change) {
  std::string& bytes = any_file(files, random);
  auto lines = lines_of(bytes);
  if (!change(lines, below(random, lines.size()))) return false;
  bytes = joined(lines);
  return true;
}

bool remove_line(Files& files, Random& random) {
  return change_lines(files, random, [](auto& lines, std::size_t at) {
    lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(at));
    return true;
  });
}

bool double_line(Files& files, Random& random) {
  return change_lines(files, random, [](auto& lines, std::size_t at) {
    const std::string line = lines[at];
    lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(at), line);
    return true;
  });
}

bool swap_lines(Files& files, Random& random) {
  return change_lines(files, random, [&](auto& lines, std::size_t at) {
    const std::size_t other = below(random, lines.size());
    std::swap(lines[at], lines[other]);
    return at != other;
  });
}

// A part of a line goes, its line feed stays.
bool cut_line(Files& files, Random& random) {
  return change_lines(files, random, [&](auto& lines, std::size_t at) {
    std::string& line = lines[at];
    if (line.size() < 2) return false;
    const std::size_t from = below(random, line.size() - 1);
    line.erase(from, 1 + below(random, line.size() - 1 - from));
    return true;
  });
}

bool is_checkpoint(std::string line) {
  line.pop_back();
  const auto own = read_own_line(line);
  return own && own->kind == LineKind::checkpoint;
}

// All after some byte of the last segment goes; where a checkpoint would be the last line it is
// another edit, the next.
bool cut_tail(Files& files, Random& random) {
  std::string& bytes = files.rbegin()->second;
  const auto lines = lines_of(bytes);
  if (lines.size() < 2) return false;
  bytes.resize(below(random, bytes.size() - lines.back().size()) + 1);
  if (!bytes.ends_with('\n')) return true;
  return !is_checkpoint(lines_of(bytes).back());
}

// All after some checkpoint goes, and an event with it.
bool cut_after_checkpoint(Files& files, Random& random) {
  const auto file =
      std::next(files.begin(), static_cast<std::ptrdiff_t>(below(random, files.size())));
  auto lines = lines_of(file->second);
  const std::size_t at = below(random, lines.size());
  if (!is_checkpoint(lines[at])) return false;
  const auto rest = lines.begin() + static_cast<std::ptrdiff_t>(at) + 1;
  const bool last_segment = std::next(file) == files.end();
  const bool cuts_event = std::any_of(rest, lines.end(), [](const std::string& line) {
    return line.find("\"event\":{\"sequence\":") != std::string::npos;
  });
  if (last_segment && !cuts_event) return false;
  lines.erase(rest, lines.end());
  file->second = joined(lines);
  files.erase(std::next(file), files.end());
  return true;
}

bool remove_segment(Files& files, Random& random) {
  files.erase(std::next(files.begin(), static_cast<std::ptrdiff_t>(below(random, files.size()))));
  return true;
}

bool empty_segment(Files& files, Random& random) {
  any_file(files, random).clear();
  return true;
}

bool double_segment(Files& files, Random& random) {
  const auto from =
      std::next(files.begin(), static_cast<std::ptrdiff_t>(below(random, files.size())));
  SegmentName name = *parse_segment_name(from->first);
  name.again = 1 + static_cast<std::uint32_t>(below(random, 5));
  return files.emplace(to_string(name), from->second).second;
}

bool swap_segments(Files& files, Random& random) {
  std::string &a = any_file(files, random), &b = any_file(files, random);
  std::swap(a, b);
  return &a != &b;
}

bool rename_segment(Files& files, Random& random) {
  const auto from =
      std::next(files.begin(), static_cast<std::ptrdiff_t>(below(random, files.size())));
  SegmentName name = *parse_segment_name(from->first);
  name.first_sequence += 1 + below(random, 3);
  if (files.contains(to_string(name))) return false;
  files.emplace(to_string(name), from->second);
  files.erase(from);
  return true;
}

void set_prev_hash(std::string& line, const std::string& hash) {
  const auto own = read_own_line(line);
  if (!own) return;
  line.replace(static_cast<std::size_t>(own->prev_hash.data() - line.data()), hash.size(), hash);
}

// Everything after the place follows again, as somebody would make it who has no key or another.
void chain_again(Files& files, const SigningKey* key, bool with_its_id) {
  std::string hash(64, '0');
  for (auto& [name, bytes] : files) {
    auto lines = lines_of(bytes);
    for (std::string& line : lines) {
      line.pop_back();
      set_prev_hash(line, hash);
      const auto signature = split_signature(line);
      if (key != nullptr && signature) {
        std::string text = signature->text;
        if (with_its_id) {
          const auto id = find_text(text, Field::checkpoint_key_id);
          text.replace(static_cast<std::size_t>(id->data() - text.data()), id->size(),
                       key->verifying().id());
        }
        line = sign_line(text, *key);
      }
      hash = sha256_hex(line);
      line += '\n';
    }
    bytes = joined(lines);
  }
}

// A word of an event, so that it still is one.
bool change_word(Files& files, Random& random) {
  return change_lines(files, random, [](auto& lines, std::size_t at) {
    const std::size_t word = lines[at].find("wg0");
    if (word == std::string::npos) return false;
    lines[at].replace(word, 3, "wg7");
    return true;
  });
}

bool chain_without_key(Files& files, Random& random) {
  if (!change_word(files, random)) return false;
  chain_again(files, nullptr, false);
  return true;
}

bool chain_with_another_key(Files& files, Random& random) {
  static const SigningKey other = SigningKey::generate();
  if (!change_word(files, random)) return false;
  chain_again(files, &other, below(random, 2) == 0);
  return true;
}

bool strip_checkpoints(Files& files, Random& random) {
  if (!change_word(files, random)) return false;
  for (auto& [name, bytes] : files) {
    auto lines = lines_of(bytes);
    std::erase_if(lines, [](const std::string& line) { return split_signature(line).has_value(); });
    bytes = joined(lines);
  }
  chain_again(files, nullptr, false);
  return true;
}

constexpr EditKind kEdits[] = {
    {"byte changed", flip},
    {"byte inserted", insert},
    {"line removed", remove_line},
    {"line doubled", double_line},
    {"lines swapped", swap_lines},
    {"line cut", cut_line},
    {"end cut off", cut_tail},
    {"end cut off after a checkpoint", cut_after_checkpoint, true},
    {"segment removed", remove_segment},
    {"segment emptied", empty_segment},
    {"segment doubled", double_segment},
    {"segments swapped", swap_segments},
    {"segment renamed", rename_segment},
    {"chained anew without a key", chain_without_key},
    {"chained anew with another key", chain_with_another_key},
    {"checkpoints stripped", strip_checkpoints},
};

}  // namespace

std::span<const EditKind> edit_kinds() { return kEdits; }

LogVerdict verify_edited(const EditKind& kind, const std::filesystem::path& directory,
                         const ChainHead& head) {
  VerifyOptions options;
  options.keys = {test_key()->verifying()};
  if (kind.needs_head) options.heads = {{head.sequence, head.hash}};
  auto verdict = verify_segments({directory.string()}, options);
  if (!verdict) std::abort();
  return *std::move(verdict);
}

}  // namespace wgaudit::test
