#include "collectors/wgconf/read.hpp"

#include <algorithm>

#include "collectors/model/text.hpp"
#include "collectors/secret/secret_text.hpp"
#include "collectors/wgconf/text_parts.hpp"

namespace wgaudit {
namespace {

constexpr std::size_t kKeyFileLimit = 4096;

std::string beside(const std::string& path, const std::string& file) {
  const auto slash = path.rfind('/');
  if (file.starts_with('/') || slash == path.npos) return file;
  return path.substr(0, slash + 1) + file;
}

// A file that holds a key and nothing else. It may be the wrong one: it is read as carefully.
std::optional<Key> read_key_file(const std::string& path, std::string_view& why) {
  auto text = read_secret_text(path, kKeyFileLimit);
  if (!text) {
    why = "its file cannot be read; the peer is ignored";
    return std::nullopt;
  }
  std::string_view line = text->view();
  while (line.ends_with('\n')) line.remove_suffix(1);
  const auto key = parse_key(stripped(line));
  if (!key) why = "its file holds no key (base64, 44 characters); the peer is ignored";
  return key;
}

void read_key_files(const std::string& path, Conf& conf) {
  for (ConfPeer& peer : conf.peers) {
    if (peer.public_key) continue;
    std::string_view why;
    peer.public_key = read_key_file(beside(path, peer.public_key_file), why);
    if (!why.empty()) conf.problems.push_back({peer.key_line, "PublicKeyFile", why});
  }
  std::erase_if(conf.peers, [](const ConfPeer& peer) { return !peer.public_key; });
  std::ranges::stable_sort(conf.problems, {}, &ConfProblem::line);
}

}  // namespace

std::string conf_interface_name(std::string_view path) {
  if (path == "-" || path.starts_with("/dev/") || path.starts_with("/proc/")) return "";
  std::string_view name = path.substr(path.rfind('/') + 1);
  if (name.ends_with(".conf")) name.remove_suffix(5);
  return is_interface_name(name) ? std::string(name) : "";
}

std::expected<Conf, std::string> read_conf(const std::string& path) {
  auto text = read_secret_text(path, kConfLimit);
  if (!text) return std::unexpected(text.error());
  Conf conf = decode_conf(text->view());
  text->buffer.wipe();
  read_key_files(path, conf);
  return conf;
}

}  // namespace wgaudit
