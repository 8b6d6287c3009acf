#include "exporter/daemon/poller.hpp"

#include <chrono>

namespace wgaudit {
namespace {

using SteadyClock = std::chrono::steady_clock;

}  // namespace

Poller::Poller(Duration interval, Memory memory, JudgeContext context, StateKeeper& keeper,
               Hooks hooks)
    : interval_(interval), keeper_(keeper), hooks_(std::move(hooks)), memory_(std::move(memory)) {
  context_.store(std::make_shared<const JudgeContext>(std::move(context)));
}

Poller::~Poller() { stop(); }

void Poller::start() {
  thread_ = std::thread([this] {
    run();
    {
      const std::scoped_lock lock(mutex_);
      ended_ = true;
    }
    polled_.notify_all();
  });
}

void Poller::request_stop() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  polled_.notify_all();
}

bool Poller::ended_within(Duration time_limit) {
  std::unique_lock lock(mutex_);
  return polled_.wait_for(lock, time_limit, [&] { return ended_; });
}

void Poller::stop() {
  request_stop();
  if (thread_.joinable()) thread_.join();
}

void Poller::use(JudgeContext context) {
  context_.store(std::make_shared<const JudgeContext>(std::move(context)));
  {
    const std::scoped_lock lock(mutex_);
    wanted_ = true;
  }
  wake_.notify_all();
}

std::shared_ptr<const View> Poller::fresh(Duration max_age, Duration time_limit) {
  const auto is_fresh = [&](const std::shared_ptr<const View>& view) {
    return view != nullptr && hooks_.now().boot - view->taken.boot <= max_age;
  };
  if (auto view = view_.load(); is_fresh(view)) return view;
  const auto deadline = SteadyClock::now() + time_limit;
  std::unique_lock lock(mutex_);
  if (auto view = view_.load(); is_fresh(view)) return view;  // a poll ended meanwhile
  const std::uint64_t before = polls_;
  if (!polling_) {  // a poll under way counts: it ends later than this request came
    wanted_ = true;
    wake_.notify_all();
  }
  polled_.wait_until(lock, deadline, [&] { return polls_ != before || stopping_; });
  lock.unlock();
  return view_.load();
}

void Poller::run() {
  auto next = SteadyClock::now();
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      wake_.wait_until(lock, next, [&] { return wanted_ || stopping_; });
      if (stopping_) return;
      wanted_ = false;
      polling_ = true;
    }
    next = SteadyClock::now() + interval_;
    poll_once();
  }
}

void Poller::poll_once() {
  Observation observation = hooks_.observe();
  const auto context = context_.load();
  const Now now = hooks_.now();
  keeper_.settle(memory_, now);
  Step step = judge(memory_, std::move(observation), *context, now, hooks_.outbox());
  const auto view = std::make_shared<const View>(std::move(step.view));
  publish(view);
  // What follows may wait for a disk: who waits for the View does not.
  memory_.observe(step.delta);
  if (keeper_.keep(memory_, std::move(step), now)) {
    auto committed = std::make_shared<View>(*view);
    show_committed(*committed, memory_);
    view_.store(std::move(committed));
  }
}

void Poller::publish(std::shared_ptr<const View> view) {
  view_.store(view);
  {
    const std::scoped_lock lock(mutex_);
    ++polls_;
    polling_ = false;
  }
  polled_.notify_all();
  hooks_.published(*view);
}

bool Poller::tell_stop(std::string_view reason, Duration time_limit) {
  const Now now = hooks_.now();
  return keeper_.finish(memory_, judge_stop(memory_, now, reason), now, time_limit);
}

}  // namespace wgaudit
