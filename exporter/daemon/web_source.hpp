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

  // Reads all of it anew. `unsettled`: something changed meanwhile, it is due again.
  LoadOutcome load(Cause cause, BootTime now);

  // Null: nothing was good yet. The same object as before where a load was rejected.
  [[nodiscard]] std::shared_ptr<const WebSecurity> security() const { return security_; }
  [[nodiscard]] const std::vector<ConfigProblem>& problems() const { return problems_; }

  // As of FileWatcher, over every file that was read last.
  [[nodiscard]] std::vector<int> fds() const;
  void drain(BootTime now);
  [[nodiscard]] Duration due_in(BootTime now) const;
  [[nodiscard]] bool due(BootTime now);

 private:
  [[nodiscard]] std::vector<std::string> files_to_watch(const LoadedWebSecurity& loaded) const;
  void watch(const std::vector<std::string>& files, BootTime now);

  std::string path_;
  std::vector<std::string> files_;
  std::vector<std::unique_ptr<FileWatcher>> watchers_;  // of files_
  std::shared_ptr<const WebSecurity> security_;
  std::vector<ConfigProblem> problems_;
};

}  // namespace wgaudit
