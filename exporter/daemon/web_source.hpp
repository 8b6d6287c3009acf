// The web configuration file and what is in force of it: the last good one, whatever happens to the
// file, or to a certificate that it names. One thread.
//
//   WebSecuritySource source(path, now);
//   source.load(Cause::start, now);
//   if (source.security() == nullptr) …   // the file is bad
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "exporter/daemon/file_watcher.hpp"
#include "exporter/daemon/inventory_source.hpp"
#include "exporter/web/web_security.hpp"

namespace wgaudit {

class WebSecuritySource {
 public:
  WebSecuritySource(std::string path, BootTime now);  // "": none configured

  // Reads all of it anew. `unsettled`: something changed meanwhile, it is due again. A change that
  // asks less of who comes than what is in force (protection_lost()) is rejected, lest a file that
  // was cut short opens the door: a hangup takes it.
  LoadOutcome load(Cause cause, BootTime now);

  // Null: nothing was good yet. The same object as before where a load was rejected.
  [[nodiscard]] std::shared_ptr<const WebSecurity> security() const { return security_; }
  [[nodiscard]] const std::vector<ConfigProblem>& problems() const { return problems_; }

  // What the load that was accepted last no longer asks for, and the one before it did.
  [[nodiscard]] const std::vector<std::string>& lost() const { return lost_; }

  // As of FileWatcher, over every file that was read last.
  [[nodiscard]] std::vector<int> fds() const;
  void drain(BootTime now);
  [[nodiscard]] Duration due_in(BootTime now) const;
  [[nodiscard]] bool due(BootTime now);

 private:
  [[nodiscard]] std::vector<std::string> lost_by(const LoadedWebSecurity& loaded) const;
  [[nodiscard]] bool is_good(const LoadedWebSecurity& loaded, Cause cause) const;
  [[nodiscard]] std::vector<std::string> files_to_watch(const LoadedWebSecurity& loaded,
                                                        Cause cause) const;
  [[nodiscard]] LoadOutcome decide(LoadedWebSecurity loaded, Cause cause);
  void watch(const std::vector<std::string>& files, BootTime now);

  std::string path_;
  std::vector<std::string> files_;
  std::vector<std::unique_ptr<FileWatcher>> watchers_;  // of files_
  std::shared_ptr<const WebSecurity> security_;
  std::vector<ConfigProblem> problems_;
  std::vector<std::string> lost_;
  bool hangup_unsettled_ = false;  // the load that comes for it is that of a hangup too
};

}  // namespace wgaudit
