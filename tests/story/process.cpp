#include "tests/story/process.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <fstream>
#include <iterator>
#include <utility>

#include "exporter/sinks/segment_directory.hpp"
#include "tests/support/files.hpp"

namespace wgaudit::test {
namespace {

namespace fs = std::filesystem;

// No file grows beyond it: a write fails as on a full disk, wherever a commit is then.
void limit_files(std::optional<rlim_t> bytes) {
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit limit{};
  getrlimit(RLIMIT_FSIZE, &limit);
  limit.rlim_cur = bytes.value_or(limit.rlim_max);
  setrlimit(RLIMIT_FSIZE, &limit);
}

std::map<std::string, std::string> files_of(const fs::path& directory) {
  std::map<std::string, std::string> files;
  if (!fs::exists(directory)) return files;
  for (const auto& entry : fs::directory_iterator(directory)) {
    files[entry.path().filename().string()] = read_file(entry.path());
  }
  return files;
}

std::string text_of(const std::optional<Key>& key) {
  return key ? to_string(*key).substr(0, 6) : "-";
}

// Without its detail, that is learned.
std::string text_of(const Finding& finding) {
  const FindingIdentity& id = finding.identity;
  return std::string(rule_info(id.rule).name) + ' ' + id.netns + ':' + id.interface + ' ' +
         text_of(id.public_key) + ' ' + id.subject + ' ' +
         std::string(to_string(finding.severity)) + ' ' + to_rfc3339(finding.since) +
         (finding.accepted ? " accepted" : "");
}

std::string text_of(const DeviceTold& told) {
  return std::to_string(told.link_index.value_or(0)) + ' ' + text_of(told.public_key) + ' ' +
         std::to_string(told.listen_port);
}

std::string text_of(const PeerTold& told) {
  std::string text = told.preshared_key == PresharedKey::present ? " preshared" : "";
  text += " keepalive " + std::to_string(told.persistent_keepalive_seconds);
  if (told.endpoint.known()) text += ' ' + to_string(told.endpoint);
  for (const Cidr& prefix : told.prefixes) text += ' ' + to_string(prefix);
  if (const auto& session = told.session) {
    text += " session " + std::to_string(session->number) + " since " +
            to_rfc3339(session->started) + (session->start_unknown ? " or before" : "") +
            (session->announced ? "" : " suppressed");
  }
  return text + " sessions " + std::to_string(told.sessions) + " endpoints " +
         std::to_string(told.endpoint_changes) + " added " + std::to_string(told.added_sequence);
}

}  // namespace

Told told_of(const Memory& memory) {
  Told told;
  for (const Finding& finding : memory.findings) told.insert(text_of(finding));
  for (const auto& [id, device] : memory.devices) {
    if (!device.is_told) continue;
    const std::string name = id.first + ':' + id.second;
    told.insert(name + ' ' + text_of(device.told));
    for (const PeerMemory& peer : device.peers) {
      if (peer.is_told) told.insert(name + ' ' + text_of(peer.public_key) + text_of(peer.told));
    }
  }
  for (const auto& [id, departed] : memory.departed) {
    told.insert("departed " + id.first.first + ':' + id.first.second + ' ' + text_of(id.second) +
                ' ' + to_rfc3339(departed.last_handshake));
  }
  const ProgramTold& program = memory.program;
  told.insert("program " + std::to_string(program.baseline) + std::to_string(program.clean_stop) +
              ' ' + std::to_string(program.sequence) + ' ' +
              std::to_string(program.session_number) + ' ' + program.inventory_sha256 + ' ' +
              std::to_string(program.snapshot_slot));
  return told;
}

void StoryProcess::use(Disk disk) {
  disk_ = disk;
  if (disk != Disk::full) return limit_files(std::nullopt);
  // In the middle of a commit, or before its first byte.
  std::error_code none_yet;
  const auto log = fs::file_size(fs::path(state()) / "state.db-wal", none_yet);
  const bool some = !none_yet && random_() % 3 != 0;
  limit_files(some ? log + random_() % 60'000 : 0);
}

// The segments fail by themselves: the limit of files is of the database alone.
FileOps StoryProcess::ops() {
  FileOps ops;
  const FileOps real;
  ops.create = [this, real](int directory, const char* name, int flags, mode_t mode) {
    if (segment_bytes_ > 0) return real.create(directory, name, flags, mode);
    errno = ENOSPC;
    return -1;
  };
  ops.write = [this](int fd, const char* bytes, std::size_t size) {
    if (segment_bytes_ == 0) {
      errno = ENOSPC;
      return ssize_t{-1};
    }
    const ssize_t written = ::write(fd, bytes, std::min(size, segment_bytes_));
    if (written > 0 && segment_bytes_ != kUnlimited) {
      segment_bytes_ -= static_cast<std::uint64_t>(written);
    }
    return written;
  };
  ops.sync_data = [this](int fd) { return sync(fd); };
  return ops;
}

int StoryProcess::sync(int fd) {
  struct stat status{};
  fstat(fd, &status);
  const auto size = static_cast<std::uint64_t>(status.st_size);
  const std::uint64_t before = std::exchange(synced_[status.st_ino], size);
  // Not on a full disk: where not even a first line can say it, a kill hides the error for ever.
  if (!rough_ || segment_bytes_ != kUnlimited || random_() % 25 != 0) return 0;
  ++counts.failed_syncs;
  if (before < size) doubtful_.push_back({status.st_ino, before, size});
  errno = EIO;
  return -1;
}

// What was not synced is gone, or zeros, or in part there; what a sync failed for is zeros.
void StoryProcess::lose_power() {
  ++counts.power_losses;
  if (!fs::exists(segments())) return;  // before the first start: nothing to lose
  for (const auto& entry : fs::directory_iterator(segments())) {
    struct stat status{};
    if (entry.path().extension() != ".jsonl" || stat(entry.path().c_str(), &status) != 0) continue;
    const auto size = static_cast<std::uint64_t>(status.st_size);
    std::uint64_t& synced = synced_[status.st_ino];
    if (synced < size) {
      const std::uint64_t left = synced + random_() % (size - synced + 1);
      const bool zeros = random_() % 2 == 0;
      fs::resize_file(entry.path(), random_() % 2 == 0 ? synced : left);
      if (zeros) fs::resize_file(entry.path(), size);
    }
    for (const Part& part : doubtful_) {
      if (part.inode != status.st_ino || random_() % 2 == 0) continue;
      std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
      file.seekp(static_cast<std::streamoff>(part.begin));
      file << std::string(std::min(part.end, size) - std::min(part.begin, size), '\0');
    }
    synced = fs::file_size(entry.path());
  }
  doubtful_.clear();
}

void StoryProcess::meddle_with_state() {
  const fs::path database = fs::path(state()) / "state.db";
  // Of the present installation, or of one that others have followed.
  const fs::path backup = root_ / "backup";
  const auto what = random_() % 4;
  if (!fs::exists(database) || (what == 3 && !fs::exists(backup))) return;
  ++counts.meddled;
  meddled_ = true;
  stored_.reset();
  if (what == 2) {
    fs::remove_all(backup);
    fs::copy(state(), backup);
  } else if (what == 1) {
    fs::resize_file(database, fs::file_size(database) / 2);
    fs::remove(database.string() + "-wal");
  } else {
    fs::remove_all(state());
    if (what == 0) return;
    fs::copy(backup, state());
    fs::permissions(state(), fs::perms::owner_all);
  }
}

void StoryProcess::start(const Now& now, std::shared_ptr<const Inventory> inventory) {
  now_ = now;
  memory_ = {};
  store_ = std::make_unique<Store>(state());
  if (open(now) && memory_.program.inventory_sha256 == inventory->sha256) {
    memory_.inventory = std::move(inventory);  // of the copy that the store keeps
  }
  FileSinkOptions options;
  options.directory = segments();
  options.origin = {"gw1", "host", "", "1"};
  options.now = [this] { return now_.wall; };
  options.max_segment_bytes = 12'000;
  options.ops = ops();
  sink_ = std::make_unique<FileSink>(std::move(options));
  installation_.clear();
}

bool StoryProcess::open(const Now& now) {
  const auto tail = written_tail(segments());
  EXPECT_TRUE(tail) << tail.error().message();
  auto opened = store_->open(*tail, now);
  if (!opened) {
    EXPECT_EQ(disk_, Disk::full) << opened.error().error.message();
    EXPECT_FALSE(opened.error().permanent);
    ++counts.failed_opens;
    return false;
  }
  if (opened->replaced) {
    ++counts.replaced;
    EXPECT_TRUE(meddled_) << opened->replaced->message();
  }
  meddled_ = false;
  if (stored_) {
    // Whatever the death: what was told is what was committed, no more and no less.
    const Told found = told_of(opened->memory);
    Told lost, made_up;
    std::ranges::set_difference(*stored_, found, std::inserter(lost, lost.end()));
    std::ranges::set_difference(found, *stored_, std::inserter(made_up, made_up.end()));
    EXPECT_EQ(lost, Told{});
    EXPECT_EQ(made_up, Told{});
  }
  opened->memory.adopt_run(std::move(memory_));
  memory_ = std::move(opened->memory);
  store_->keep_sinks([] { return std::vector<std::string>{"file"}; });
  return true;
}

// What StateKeeper::settle() does.
void StoryProcess::settle(const Now& now) {
  now_ = now;
  if (late_ != nullptr) {
    if (disk_ == Disk::slow) return;
    end_late_commit();
  }
  if (!store_->is_open()) open(now);
}

void StoryProcess::end_late_commit() {
  const auto step = std::exchange(late_, nullptr);
  if (!store_->commit(*step, now_)) {
    ++counts.failed_commits;
    return;
  }
  ++counts.late_commits;
  memory_.apply(step->delta);
  stored_ = told_of(memory_);
}

void StoryProcess::commit(const Step& step) {
  if (!store_->commit(step, now_)) {
    EXPECT_EQ(disk_, Disk::full) << store_->status().why;
    ++counts.failed_commits;
    return;
  }
  ++counts.commits;
  Memory after = memory_;
  after.apply(step.delta);
  stored_ = told_of(after);
}

Step StoryProcess::poll(Observation observation, const JudgeContext& context, const Now& now,
                        Death death) {
  auto step = std::make_shared<Step>(
      judge(memory_, std::move(observation), context, now, store_->outbox()));
  const Step judged = *step;
  memory_.observe(step->delta);
  if (death == Death::before_commit) return die(), judged;
  if (late_ == nullptr && !step->tells()) {
    memory_.apply(std::move(step->delta));
  } else {
    memory_.learn(step->delta);
    if (late_ == nullptr && store_->is_open() && disk_ == Disk::slow) {
      late_ = step;
    } else if (late_ == nullptr && store_->is_open()) {
      const std::uint64_t before = counts.commits;
      commit(*step);
      if (death == Death::after_commit) return die(), judged;
      if (counts.commits != before) memory_.apply(step->delta);
    }
  }
  if (death == Death::before_delivery) return die(), judged;
  if (deliver(death) || death != Death::none) die();
  return judged;
}

void StoryProcess::write_learned(const Now& now) {
  if (late_ == nullptr && store_->is_open()) {
    (void)store_->write_learned(memory_, static_cast<unsigned>(random_() % 3), 3, now);
  }
}

// A new installation or a new run: what the segments say comes first.
void StoryProcess::attach_sink() {
  const auto batch = store_->read_after(0, 1);
  if (!batch || batch->installation.empty()) return;
  installation_ = batch->installation;
  delivered_ = sink_->resume(installation_, store_->cursor("file"));
}

// Whether it died of it.
bool StoryProcess::deliver(Death death) {
  if (installation_.empty()) attach_sink();
  if (installation_.empty()) return false;
  for (;;) {
    const auto batch = store_->read_after(delivered_, 1 + random_() % 9);
    if (!batch || batch->events.empty()) return false;
    const bool dies = death == Death::in_delivery && random_() % 3 != 0;
    if (dies) segment_bytes_ = random_() % 3'000;  // and nothing after them
    const auto told = sink_->deliver(*batch);
    if (dies && segment_bytes_ == 0) return true;
    if (dies) segment_bytes_ = kUnlimited;
    delivered_ = told ? batch->events.back().sequence : told.error().delivered;
    if (death == Death::before_advance) return true;
    (void)store_->advance("file", delivered_);
    if (!told) return false;
  }
}

void StoryProcess::stop(const Now& now) {
  now_ = now;
  if (late_ != nullptr) end_late_commit();
  if (store_->is_open()) {
    const Step step = judge_stop(memory_, now, "signal");
    commit(step);
    memory_.apply(step.delta);
    (void)store_->write_learned(memory_, 0, 1, now);
    (void)deliver(Death::none);
  }
  sink_.reset();
  store_.reset();
}

// As kill -9 leaves it: what the destructors do to the files is undone.
void StoryProcess::die() {
  if (late_ != nullptr && random_() % 2 == 0) {  // the commit was not awaited, and went through
    if (store_->commit(*late_, now_)) {
      memory_.apply(late_->delta);
      stored_ = told_of(memory_);
    }
  }
  late_ = nullptr;
  limit_files(std::nullopt);
  const fs::path kept = root_ / "kept";
  if (fs::exists(state())) fs::copy(state(), kept);
  const auto written = files_of(segments());
  sink_.reset();
  store_.reset();
  EXPECT_EQ(files_of(segments()), written) << "the sink wrote when it was destroyed";
  if (!fs::exists(kept)) return;
  fs::remove_all(state());
  fs::rename(kept, state());
  fs::permissions(state(), fs::perms::owner_all);
  use(Disk::well);
  segment_bytes_ = kUnlimited;
  if (rough_ && random_() % 2 == 0) lose_power();
}

}  // namespace wgaudit::test
