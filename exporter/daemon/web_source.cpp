#include "exporter/daemon/web_source.hpp"

#include <algorithm>
#include <utility>

namespace wgaudit {
namespace {

std::vector<InventoryFiles> look_at(const std::vector<std::string>& files) {
  std::vector<InventoryFiles> versions;
  for (const std::string& file : files) versions.push_back(list_inventory_files(file));
  return versions;
}

}  // namespace

WebSecuritySource::WebSecuritySource(std::string path, BootTime now) : path_(std::move(path)) {
  watch({path_}, now);
}

// A file that cannot be read names no others: those of before stay the ones to look at.
std::vector<std::string> WebSecuritySource::files_to_watch(const LoadedWebSecurity& loaded) const {
  std::vector<std::string> files = loaded.files;
  for (const std::string& file : files_) {
    const bool there = std::ranges::find(files, file) != files.end();
    if (loaded.security == nullptr && !there) files.push_back(file);
  }
  return files;
}

void WebSecuritySource::watch(const std::vector<std::string>& files, BootTime now) {
  if (files == files_) return;
  files_ = files;
  watchers_.clear();
  for (const std::string& file : files_) {
    watchers_.push_back(std::make_unique<FileWatcher>(file, now));
  }
}

LoadOutcome WebSecuritySource::load(Cause cause, BootTime now) {
  if (path_.empty()) {
    security_ = load_web_security("").security;
    return LoadOutcome::accepted;
  }
  for (const auto& watcher : watchers_) watcher->begin_load();
  auto before = look_at(files_);
  LoadedWebSecurity loaded = load_web_security(path_, security_.get());
  if (const auto wanted = files_to_watch(loaded); wanted != files_) {
    watch(wanted, now);  // what changes from here on is seen: read them again
    before = look_at(files_);
    loaded = load_web_security(path_, security_.get());
  }
  if (cause != Cause::start && look_at(files_) != before) {
    for (const auto& watcher : watchers_) watcher->look_again(now);
    return LoadOutcome::unsettled;
  }
  problems_ = std::move(loaded.problems);
  if (loaded.security == nullptr) return LoadOutcome::rejected;
  security_ = std::move(loaded.security);
  return LoadOutcome::accepted;
}

std::vector<int> WebSecuritySource::fds() const {
  std::vector<int> fds;
  for (const auto& watcher : watchers_) fds.push_back(watcher->fd());
  return fds;
}

void WebSecuritySource::drain(BootTime now) {
  for (const auto& watcher : watchers_) watcher->drain(now);
}

Duration WebSecuritySource::due_in(BootTime now) const {
  Duration least = std::chrono::hours{24};
  for (const auto& watcher : watchers_) least = std::min(least, watcher->due_in(now));
  return least;
}

bool WebSecuritySource::due(BootTime now) {
  // Each looks, though one is due already.
  const auto count =
      std::ranges::count_if(watchers_, [&](auto& watcher) { return watcher->due(now); });
  return count > 0;
}

}  // namespace wgaudit
