#include "exporter/daemon/state_keeper.hpp"

#include <algorithm>
#include <utility>

namespace wgaudit {
namespace {

// A healthy disk takes milliseconds.
constexpr Duration kPatience = std::chrono::milliseconds{500};
// Learned values are written in rotation over five minutes (SPEC §6).
constexpr unsigned kParts = 10;
constexpr Duration kLearnedInterval = std::chrono::seconds{30};
constexpr Duration kOpenInterval = std::chrono::seconds{10};

// What is written of the memory, as a value: the polls go on meanwhile. Of neighbouring keys, which
// share pages of the database.
Memory part_of(const Memory& memory, unsigned part, unsigned parts) {
  Memory copy;
  for (const auto& [id, device] : memory.devices) {
    DeviceMemory& of = copy.devices[id];
    of.is_told = device.is_told;
    of.last = device.last;
    for (const PeerMemory& peer : device.peers) {
      if (peer.public_key.bytes[0] * parts / 256 == part) of.peers.push_back(peer);
    }
  }
  return copy;
}

}  // namespace

StateKeeper::StateKeeper(Store& store, Hooks hooks)
    : store_(store), hooks_(std::move(hooks)), thread_([this] { run(); }) {}

StateKeeper::~StateKeeper() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void StateKeeper::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return job_ || chore_wanted_ || stopping_; });
    if (std::exchange(chore_wanted_, false)) {
      lock.unlock();
      do_chore();
      lock.lock();
      continue;
    }
    if (!job_) return;
    lock.unlock();
    job_();
    lock.lock();
    job_ = nullptr;
    changed_.notify_all();
  }
}

bool StateKeeper::idle() {
  const std::scoped_lock lock(mutex_);
  return !job_;
}

Duration StateKeeper::busy_for(BootTime now) const {
  const std::scoped_lock lock(mutex_);
  return job_ ? std::max(now - begun_, Duration{0}) : Duration{0};
}

void StateKeeper::begin(Job job, BootTime now) {
  {
    const std::scoped_lock lock(mutex_);
    job_ = std::move(job);
    begun_ = now;
  }
  changed_.notify_all();
}

void StateKeeper::want_chore() {
  {
    const std::scoped_lock lock(mutex_);
    chore_wanted_ = true;
  }
  changed_.notify_all();
}

void StateKeeper::do_chore() const {
  if (hooks_.chore) hooks_.chore();
}

void StateKeeper::note(bool held) const {
  if (!held && hooks_.failed) hooks_.failed();
}

void StateKeeper::begin_commit(const Now& now) {
  begin(
      [this, now] {
        committed_ = store_.commit(*step_, now);
        note(committed_);
        do_chore();
      },
      now.boot);
}

bool StateKeeper::wait(Duration time_limit) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, time_limit, [&] { return !job_; });
}

void StateKeeper::take(Memory& memory) {
  if (opened_) {
    Memory loaded = std::move(opened_->memory);
    loaded.adopt_run(std::move(memory));
    memory = std::move(loaded);
    hooks_.opened(*opened_);
    opened_.reset();
  }
  if (step_ == nullptr) return;
  const auto step = std::exchange(step_, nullptr);
  if (!committed_) return;
  memory.apply(step->delta);
  hooks_.told(step->events);
}

void StateKeeper::settle(Memory& memory, const Now& now) {
  if (!idle()) return;
  take(memory);
  if (store_.is_open() || now.boot < next_open_) return;
  next_open_ = now.boot + kOpenInterval;
  begin(
      [this, now] {
        auto opened = store_.open(hooks_.tail(), now);
        const bool done = opened.has_value();
        if (done) opened_ = *std::move(opened);
        note(done);
        if (done) do_chore();
      },
      now.boot);
}

bool StateKeeper::keep(Memory& memory, Step step, const Now& now) {
  // What came of work that ended since settle() is not in the memory that the step was judged by.
  const bool ready = wait(kPatience) && step_ == nullptr && !opened_;
  if (ready && !step.tells()) {
    memory.apply(std::move(step.delta));
    if (store_.is_open() && now.boot >= next_learned_) write_learned(memory, kParts, now);
    return false;
  }
  memory.learn(step.delta);
  if (!ready || !store_.is_open()) return false;
  step_ = std::make_shared<const Step>(std::move(step));
  committed_ = false;
  begin_commit(now);
  if (!wait(kPatience)) return false;
  take(memory);
  return committed_;
}

void StateKeeper::write_learned(const Memory& memory, unsigned parts, const Now& now) {
  next_learned_ = now.boot + kLearnedInterval;
  part_ = (part_ + 1) % parts;
  auto copy = std::make_shared<const Memory>(part_of(memory, part_, parts));
  begin([this, now,
         copy] { note(store_.write_learned(*copy, 0, 1, now) && store_.remove_history(now)); },
        now.boot);
}

bool StateKeeper::finish(Memory& memory, Step step, const Now& now, Duration time_limit) {
  if (!wait(time_limit)) return false;
  take(memory);
  if (!store_.is_open()) return false;
  memory.observe(step.delta);
  step_ = std::make_shared<const Step>(std::move(step));
  committed_ = false;
  begin_commit(now);
  if (!wait(time_limit)) return false;
  take(memory);
  part_ = 0;
  write_learned(memory, 1, now);
  wait(time_limit);
  return committed_;
}

}  // namespace wgaudit
