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

ConfigProblem problem_of(const std::string& path, const std::vector<std::string>& lost) {
  std::string names;
  for (const std::string& name : lost) names += (names.empty() ? "" : ", ") + name;
  return {ConfigProblem::Severity::error, path,
          "would switch off " + names + ": only SIGHUP takes what asks for less"};
}

}  // namespace

WebSecuritySource::WebSecuritySource(std::string path, BootTime now) : path_(std::move(path)) {
  watch({path_}, now);
}

// What a load no longer asks for, and what is in force does.
std::vector<std::string> WebSecuritySource::lost_by(const LoadedWebSecurity& loaded) const {
  if (security_ == nullptr || loaded.security == nullptr) return {};
  return protection_lost(*security_, *loaded.security);
}

bool WebSecuritySource::is_good(const LoadedWebSecurity& loaded, Cause cause) const {
  return loaded.security != nullptr && (cause != Cause::change || lost_by(loaded).empty());
}

// A file that is not good may name fewer others: those of before stay the ones to look at.
std::vector<std::string> WebSecuritySource::files_to_watch(const LoadedWebSecurity& loaded,
                                                           Cause cause) const {
  std::vector<std::string> files = loaded.files;
  if (is_good(loaded, cause)) return files;
  for (const std::string& file : files_) {
    if (std::ranges::find(files, file) == files.end()) files.push_back(file);
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
  if (std::exchange(hangup_unsettled_, false)) cause = Cause::hangup;
  for (const auto& watcher : watchers_) watcher->begin_load();
  auto before = look_at(files_);
  LoadedWebSecurity loaded = load_web_security(path_, security_.get());
  if (const auto wanted = files_to_watch(loaded, cause); wanted != files_) {
    watch(wanted, now);  // what changes from here on is seen: read them again
    before = look_at(files_);
    loaded = load_web_security(path_, security_.get());
  }
  if (cause != Cause::start && look_at(files_) != before) {
    for (const auto& watcher : watchers_) watcher->look_again(now);
    hangup_unsettled_ = cause == Cause::hangup;
    return LoadOutcome::unsettled;
  }
  return decide(std::move(loaded), cause);
}

LoadOutcome WebSecuritySource::decide(LoadedWebSecurity loaded, Cause cause) {
  auto lost = lost_by(loaded);
  problems_ = std::move(loaded.problems);
  if (!is_good(loaded, cause)) {
    if (!lost.empty()) problems_.push_back(problem_of(path_, lost));
    return LoadOutcome::rejected;
  }
  security_ = std::move(loaded.security);
  lost_ = std::move(lost);
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
