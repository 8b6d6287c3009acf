#include "exporter/daemon/outputs.hpp"

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>

#include "collectors/clock/clock.hpp"
#include "exporter/daemon/log.hpp"
#include "exporter/daemon/sink_factory.hpp"
#include "exporter/sinks/segment_directory.hpp"

namespace wgaudit {
namespace {

std::optional<HeadParts> parts_of(const std::string& hash) {
  constexpr std::size_t kDigits = 12;  // 48 bits
  HeadParts parts{};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (hash.size() < (i + 1) * kDigits) return std::nullopt;
    const char* begin = hash.data() + i * kDigits;
    std::from_chars(begin, begin + kDigits, parts[i], 16);
  }
  return parts;
}

SinkHealth health_of(const SinkStatus& status, std::uint64_t last_sequence) {
  SinkHealth health;
  health.name = status.name;
  health.up = status.up;
  health.why = status.why;
  health.pending_events = last_sequence - std::min(last_sequence, status.delivered_sequence);
  if (health.pending_events > 0) health.oldest_pending = status.oldest_pending;
  health.delivered_events_total = status.delivered_events_total;
  health.failures_total = status.failures_total;
  health.dead_events_total = status.dead_events_total;
  health.paused = status.paused;
  return health;
}

// One sink may be of another installation than the next: it was paused since, or new.
void take_in(WrittenTail& furthest, const WrittenTail& other) {
  const auto take = [&](const std::string& installation, std::uint64_t sequence) {
    std::uint64_t& known =
        installation == furthest.installation ? furthest.sequence : furthest.earlier[installation];
    known = std::max(known, sequence);
  };
  take(other.installation, other.sequence);
  for (const auto& [installation, sequence] : other.earlier) take(installation, sequence);
}

}  // namespace

std::optional<WrittenTail> written_tail_of(const std::vector<SinkSettings>& sinks) {
  std::optional<WrittenTail> furthest;
  for (const SinkSettings& sink : sinks) {
    const auto* file = std::get_if<FileSinkSettings>(&sink.kind);
    if (file == nullptr) continue;
    auto tail = written_tail(file->directory);
    if (!tail) {
      log(LogLevel::warn, "cannot see what was written last", {{"reason", tail.error().message()}});
      continue;
    }
    std::optional<WrittenTail>& written = *tail;
    if (!written) continue;
    if (furthest) {
      take_in(*furthest, *written);
    } else {
      furthest = std::move(written);
    }
  }
  return furthest;
}

void warn_of_secret_files(const Settings& settings) {
  for (const ConfigProblem& problem : check_secret_files(configured_sinks(settings))) {
    log(LogLevel::warn, "configuration warning", {{"reason", to_string(problem)}});
  }
}

Outputs::Outputs(const Settings& settings, Store& store, SigningKeys signing_keys,
                 Failed segments_failed)
    : store_(store),
      segments_failed_(std::move(segments_failed)),
      origin_(origin_of(settings)),
      signing_keys_(std::move(signing_keys)) {
  for (const SinkSettings& sink : configured_sinks(settings)) outputs_.push_back(make(sink));
}

std::string Outputs::key_id_of(const SinkSettings& settings) const {
  const auto* file = std::get_if<FileSinkSettings>(&settings.kind);
  if (file == nullptr) return "";
  const auto key = signing_keys_.find(file->segments.signing_key_file);
  return key == signing_keys_.end() ? "" : key->second->verifying().id();
}

Outputs::Output Outputs::make(const SinkSettings& settings) const {
  OutboxReader outbox{
      [this](std::uint64_t sequence, std::size_t max_events) {
        return store_.read_after(sequence, max_events);
      },
      [this](const std::string& of) { return store_.cursor(of); },
      [this](const std::string& of, std::uint64_t sequence) {
        return store_.advance(of, sequence);
      },
      [this](const std::string& of, std::uint64_t sequence) { return store_.rewind(of, sequence); },
      [this](const std::string& of, std::uint64_t sequence, const auto& refused) {
        return store_.set_aside(of, sequence, refused, read_wall_clock());
      }};
  DeliveryOptions options;
  options.name = settings.name;
  options.now = read_boot_clock;
  options.paused = settings.paused;
  if (const auto* http = std::get_if<HttpSinkSettings>(&settings.kind)) {
    options.batch_events = http->batch_events;
  }
  auto sink = make_sink(settings, origin_, signing_keys_);
  const auto* file = dynamic_cast<const FileSink*>(sink.get());
  if (file != nullptr) {
    options.failed = [this, name = settings.name](const Error& error) {
      segments_failed_(name, error);
    };
  }
  return {settings,
          std::make_unique<Delivery>(std::move(options), std::move(sink), std::move(outbox)), file,
          key_id_of(settings)};
}

void Outputs::start() {
  forget_others();
  const std::scoped_lock lock(mutex_);
  for (const Output& output : outputs_) output.delivery->start();
}

bool Outputs::stays(const Output& output, const std::vector<SinkSettings>& wanted) const {
  return std::ranges::find(wanted, output.settings) != wanted.end() &&
         output.key_id == key_id_of(output.settings);
}

// No other thread changes which outputs there are. Until the exchange all of them are seen: by
// metrics, by the log, and by who asks what is written.
SinkChanges Outputs::reload(const Settings& settings, SigningKeys signing_keys) {
  const auto wanted = configured_sinks(settings);
  signing_keys_ = std::move(signing_keys);
  std::vector<Output> made;
  for (const SinkSettings& sink : wanted) {
    const auto there = std::ranges::find(outputs_, sink, &Output::settings);
    if (there == outputs_.end() || !stays(*there, wanted)) made.push_back(make(sink));
  }
  end_all_but(wanted);
  return exchange(wanted, std::move(made));
}

// Each lets go of what it holds before another of its name begins.
void Outputs::end_all_but(const std::vector<SinkSettings>& wanted) {
  constexpr std::chrono::seconds kLongestEnd{1};
  std::vector<Delivery*> ending;
  for (const Output& output : outputs_) {
    if (stays(output, wanted)) {
      output.delivery->reopen();
    } else {
      ending.push_back(output.delivery.get());
    }
  }
  for (Delivery* delivery : ending) delivery->request_stop();
  const auto deadline = std::chrono::steady_clock::now() + kLongestEnd;
  for (Delivery* delivery : ending) (void)delivery->try_stop_by(deadline);
  std::erase_if(leaving_, [](const auto& delivery) { return delivery->has_ended(); });
}

SinkChanges Outputs::exchange(const std::vector<SinkSettings>& wanted, std::vector<Output> made) {
  const std::scoped_lock lock(mutex_);
  SinkChanges changes;
  for (Output& output : outputs_) {
    const auto& name = output.settings.name;
    if (std::ranges::find(wanted, name, &SinkSettings::name) != wanted.end()) continue;
    changes.removed.push_back(name);
    if (!output.delivery->has_ended()) leaving_.push_back(std::move(output.delivery));
  }
  std::vector<Output> next;
  for (const SinkSettings& settings : wanted) {
    const auto of_name = [&](const Output& output) {
      return output.settings.name == settings.name;
    };
    const auto there = std::ranges::find_if(outputs_, of_name);
    const auto one = std::ranges::find_if(made, of_name);
    if (one == made.end()) {
      next.push_back(std::move(*there));
      continue;
    }
    if (there != outputs_.end()) {
      changes.changed.push_back(settings.name);
      const SinkStatus before = status_of(*there);
      one->delivered_before = before.delivered_events_total;
      one->failures_before = before.failures_total;
      one->dead_before = before.dead_events_total;
      // What has ended lets go of its files before its successor takes them.
      auto delivery = std::move(there->delivery);
      if (!delivery->has_ended()) leaving_.push_back(std::move(delivery));
    } else {
      changes.added.push_back(settings.name);
    }
    one->delivery->start(take_leaving(settings.name));
    next.push_back(std::move(*one));
  }
  outputs_ = std::move(next);
  return changes;
}

// The last of this name: it waits for those before it.
std::unique_ptr<Delivery> Outputs::take_leaving(const std::string& name) {
  const auto is_it = [&](const auto& delivery) { return delivery->status().name == name; };
  const auto found = std::ranges::find_if(leaving_, is_it);
  if (found == leaving_.end()) return nullptr;
  auto delivery = std::move(*found);
  leaving_.erase(found);
  return delivery;
}

void Outputs::forget_others() {
  // Not held while the disk works: a reload would wait for it.
  store_.keep_sinks([this] {
    const std::scoped_lock lock(mutex_);
    std::vector<std::string> names;
    for (const Output& output : outputs_) names.push_back(output.settings.name);
    return names;
  });
}

void Outputs::wake() {
  const std::scoped_lock lock(mutex_);
  for (const Output& output : outputs_) output.delivery->wake();
}
void Outputs::reopen() {
  const std::scoped_lock lock(mutex_);
  for (const Output& output : outputs_) output.delivery->reopen();
}
void Outputs::request_stop() {
  const std::scoped_lock lock(mutex_);
  for (const Output& output : outputs_) output.delivery->request_stop();
}
void Outputs::stop_by(std::chrono::steady_clock::time_point deadline) {
  const std::scoped_lock lock(mutex_);  // everybody else has ended
  for (const Output& output : outputs_) output.delivery->stop_by(deadline);
}

std::vector<SinkStatus> Outputs::statuses() const {
  const std::scoped_lock lock(mutex_);
  std::vector<SinkStatus> statuses;
  for (const Output& output : outputs_) statuses.push_back(status_of(output));
  return statuses;
}

SinkStatus Outputs::status_of(const Output& output) {
  SinkStatus status = output.delivery->status();
  status.delivered_events_total += output.delivered_before;
  status.failures_total += output.failures_before;
  status.dead_events_total += output.dead_before;
  return status;
}

const FileSink* Outputs::first_file() const {
  const auto file =
      std::ranges::find_if(outputs_, [](const Output& o) { return o.file != nullptr; });
  return file == outputs_.end() ? nullptr : file->file;
}

std::map<std::string, std::string> Outputs::removal_errors() const {
  const std::scoped_lock lock(mutex_);
  std::map<std::string, std::string> errors;
  for (const Output& output : outputs_) {
    if (output.file == nullptr) continue;
    std::string error = output.file->status().removal_error;
    if (!error.empty()) errors.emplace(output.settings.name, std::move(error));
  }
  return errors;
}

std::vector<SinkSettings> Outputs::sinks() const {
  const std::scoped_lock lock(mutex_);
  std::vector<SinkSettings> sinks;
  for (const Output& output : outputs_) sinks.push_back(output.settings);
  return sinks;
}

DeliveryHealth Outputs::health() const {
  const StoreStatus status = store_.status();
  DeliveryHealth health;
  health.state_up = status.up;
  health.last_commit = status.last_commit;
  health.size_bytes = status.size_bytes;
  if (status.last_sequence > 0) {  // the first commit of a database has an event: it was open
    health.event_sequence = status.last_sequence;
    health.events_lost_total = status.events_lost_total;
  }
  std::ranges::copy_n(status.events_total.begin(),
                      static_cast<std::ptrdiff_t>(std::min(status.events_total.size(), kActions)),
                      health.events_total.begin());
  const std::scoped_lock lock(mutex_);
  if (const FileSink* file = first_file()) health.chain_head = parts_of(file->status().head.hash);
  for (const Output& output : outputs_) {
    health.sinks.push_back(health_of(status_of(output), status.last_sequence));
  }
  return health;
}

}  // namespace wgaudit
