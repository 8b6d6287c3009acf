#include "exporter/codec/posture_json.hpp"

#include <utility>

#include "exporter/codec/inventory_files.hpp"
#include "exporter/codec/inventory_reader.hpp"
#include "exporter/codec/sha256.hpp"

namespace wgaudit {
namespace {

using inventory_format::Draft;
using inventory_format::PostureEntry;
using enum Problem::Severity;

template <typename Map, typename Name>
bool add_newer(Map& map, const Name& name, const Posture& posture) {
  const auto [found, fresh] = map.try_emplace(name, posture);
  if (!fresh) found->second = newer(found->second, posture);
  return fresh;
}

LoadedPosture read_posture(const TextSource& source, const std::string& path) {
  LoadedPosture loaded;
  Draft draft;
  Sha256 digest;
  const TextSource hashed = [&](std::span<char> buffer) {
    const std::size_t length = source(buffer);
    digest.add({buffer.data(), length});
    return length;
  };
  inventory_format::read_text(inventory_format::posture_root(), hashed, path, draft,
                              loaded.problems);
  PostureTable table{path, digest.hex(), {}, {}};
  for (const PostureEntry& entry : draft.posture_entries) {
    const bool fresh = entry.public_key ? add_newer(table.by_key, *entry.public_key, entry.posture)
                                        : add_newer(table.by_device, entry.device, entry.posture);
    if (fresh) continue;
    loaded.problems.push_back({warning, path, "/devices/" + std::to_string(entry.position),
                               "there is another entry for it: the newer check counts"});
  }
  if (!has_errors(loaded.problems)) loaded.table = std::move(table);
  return loaded;
}

}  // namespace

LoadedPosture parse_posture(std::string_view text, const std::string& name) {
  const auto source = [text](std::span<char> buffer) mutable {
    const std::size_t length = text.copy(buffer.data(), buffer.size());
    text.remove_prefix(length);
    return length;
  };
  return read_posture(source, name);
}

LoadedPosture load_posture(const std::string& path) {
  const auto rejected = [&](const std::string& why) {
    return LoadedPosture{std::nullopt, {{error, path, "", "cannot be read: " + why}}, false};
  };
  const InventoryFiles before = list_inventory_files(path);
  auto file = InventoryFile::open(path);
  if (!file) return rejected(file.error());
  LoadedPosture loaded =
      read_posture([&](std::span<char> buffer) { return file->read(buffer); }, path);
  if (!file->failure().empty()) return rejected(file->failure());
  if (list_inventory_files(path) != before) {
    loaded = rejected("it changed while it was read");
    loaded.changed_while_read = true;
  }
  return loaded;
}

}  // namespace wgaudit
