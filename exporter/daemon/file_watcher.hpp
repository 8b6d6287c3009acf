// Says when an inventory is to be read again: when a file of it differs from what was read last and
// has not changed for a second. inotify(7) on all that its path goes through, and for where that
// shows nothing (network file systems, a full table of watches) a look every 30 s.
//
//   const Signal signal = signals.wait(watcher.due_in(now), watcher.fd());
//   if (signal == Signal::readable) watcher.drain(now);
//   if (signal == Signal::reload || watcher.due(now)) {
//     watcher.begin_load();
//     if (load(…) == LoadOutcome::unsettled) watcher.look_again(now);
//   }
//
// One thread. Events only say that it is time to look: what decides is what stat(2) shows, so that
// other files of a directory cause nothing, and a missed event costs 30 s at most.
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "collectors/model/time.hpp"
#include "exporter/codec/inventory_files.hpp"
#include "exporter/daemon/quiet.hpp"

namespace wgaudit {

class FileWatcher {
 public:
  // A file or a directory, there or not; "": nothing is ever due. REQUIRES: before the first load,
  // or what changes between them goes unnoticed.
  FileWatcher(std::string path, BootTime now);
  ~FileWatcher();
  FileWatcher(FileWatcher&& other) noexcept;
  FileWatcher& operator=(FileWatcher&&) = delete;

  // For poll(2); -1 without inotify. May become another one by drain() and due().
  [[nodiscard]] int fd() const { return fd_; }
  // Takes the events and looks at the files. To be called when fd() can be read.
  void drain(BootTime now);
  // How long to wait before due() is asked again, though nothing can be read.
  [[nodiscard]] Duration due_in(BootTime now) const;
  // Whether to load now. Looks at the files when it is time to.
  [[nodiscard]] bool due(BootTime now);

  // Right before each load, whatever it is for: what is there now is what will have been read.
  void begin_load();
  // What was read was not the text of one moment: due again after a second of quiet.
  void look_again(BootTime now) { quiet_.distrust(now); }

  // Why changes may be noticed only by the look every 30 s; "": they are noticed at once.
  [[nodiscard]] const std::string& degraded() const { return degraded_; }

 private:
  void look(BootTime now);
  void arm();
  void follow(const std::string& path);
  [[nodiscard]] int watch(const std::string& path, std::uint32_t mask);
  void say(int error_number, const std::string& subject);

  std::string path_;
  int fd_ = -1;
  std::set<int> watches_, wanted_;
  std::string degraded_;
  Quiet<InventoryFiles> quiet_;
  BootTime next_look_;
};

}  // namespace wgaudit
