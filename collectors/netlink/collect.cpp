#include "collectors/netlink/collect.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "collectors/clock/clock.hpp"
#include "collectors/netlink/forwarding_reader.hpp"
#include "collectors/netlink/link_list.hpp"
#include "collectors/netlink/namespace_reader.hpp"
#include "collectors/netlink/namespaces.hpp"
#include "collectors/netlink/retry.hpp"

namespace wgaudit {
namespace {

// A namespace asked for by name that is gone is told; one that was only listed is as if it had not
// been.
enum class WhenGone { report, ignore };

// In a namespace from enter() to the end of the scope, whichever way that is left.
class Visit {
 public:
  explicit Visit(const NamespaceFile& home) : home_(home) {}
  ~Visit() {
    // Every later answer would be taken for another namespace's: nothing is better than that.
    if (!home_.enter()) std::abort();
  }
  Visit(const Visit&) = delete;
  Visit& operator=(const Visit&) = delete;

 private:
  const NamespaceFile& home_;
};

// One round over the own namespace and all others that are asked for.
class Round {
 public:
  Round(const Targets& targets, BootTime deadline, StandingPeersOfAll& standing,
        Observation& observation)
      : targets_(targets),
        limits_{deadline, try_until(system_.now(), deadline)},
        standing_(standing),
        observation_(observation),
        buffer_(kReceiveBufferBytes) {
    observation_.memory_locked = observation_.memory_locked && buffer_.locked();
  }

  void read_own();
  void read(const NetnsTarget& target, WhenGone when_gone);
  void report(const std::string& label, SourceStatus status, std::string why);
  // Of namespaces that are gone nothing needs to be known.
  void forget_others();

 private:
  void visit(const NetnsTarget& target, const NamespaceFile& file);
  void read_here(const NamespaceId& id);

  NetlinkSystem system_ = real_netlink_system();
  const Targets& targets_;
  ReadLimits limits_;
  StandingPeersOfAll& standing_;
  Observation& observation_;
  SecretBuffer buffer_;
  std::optional<NamespaceFile> home_;
  std::set<std::string> labels_;
  std::set<StandingPeersOfAll::key_type> read_;
  std::vector<NamespaceFile::Identity> seen_;
};

void Round::report(const std::string& label, SourceStatus status, std::string why) {
  SourceResult result;
  result.netns = label;
  result.status = status;
  result.why = std::move(why);
  observation_.sources.push_back(std::move(result));
}

void Round::read_here(const NamespaceId& id) {
  NamespaceReading reading =
      read_namespace(system_, id, buffer_, limits_, standing_[{id.device, id.inode}]);
  read_.insert({id.device, id.inode});
  if (targets_.forwarding) read_forwarding(system_, limits_.deadline, reading.devices);
  observation_.sources.push_back(std::move(reading.source));
  std::ranges::move(reading.devices, std::back_inserter(observation_.devices));
  std::ranges::move(reading.failures, std::back_inserter(observation_.failures));
}

void Round::forget_others() {
  std::erase_if(standing_, [&](const auto& of) { return !read_.contains(of.first); });
}

void Round::read_own() {
  NamespaceId id;
  if (auto own = open_own_namespace()) {
    home_.emplace(std::move(*own));
    id.device = home_->identity().device;
    id.inode = home_->identity().inode;
    seen_.push_back(home_->identity());
  }
  labels_.insert("");
  read_here(id);
}

void Round::visit(const NetnsTarget& target, const NamespaceFile& file) {
  if (std::ranges::find(seen_, file.identity()) != seen_.end()) return;  // known by another label
  if (!labels_.insert(target.label).second) return;  // one label names one namespace
  if (!home_) return report(target.label, SourceStatus::failed, "no way back: /proc is not there");
  if (system_.now() >= limits_.deadline) {
    return report(target.label, SourceStatus::failed, why_of(ETIMEDOUT));
  }
  if (const auto entered = file.enter(); !entered) {
    return report(target.label, SourceStatus::failed, why_of(entered.error()));
  }
  const Visit away(*home_);
  seen_.push_back(file.identity());
  read_here({target.label, file.identity().device, file.identity().inode});
}

void Round::read(const NetnsTarget& target, WhenGone when_gone) {
  const auto file = NamespaceFile::open(target.path);
  if (file) return visit(target, *file);
  const bool gone = file.error() == ENOENT || file.error() == ENOTDIR;
  if (gone && when_gone == WhenGone::ignore) return;
  if (!labels_.insert(target.label).second) return;
  report(target.label, gone ? SourceStatus::absent : SourceStatus::failed, why_of(file.error()));
}

// Of what needs no capability, and of the own namespace alone.
constexpr auto kOwnTimeLimit = std::chrono::seconds{2};

}  // namespace

void read_own_forwarding(std::span<Device> devices) {
  const NetlinkSystem system = real_netlink_system();
  read_forwarding(system, system.now() + kOwnTimeLimit, devices);
}

void collect_netlink(const Targets& targets, BootTime deadline, StandingPeersOfAll& standing,
                     Observation& observation, const std::string& named) {
  if (!targets.netlink) return;
  Round round(targets, deadline, standing, observation);
  round.read_own();
  for (const NetnsTarget& target : targets.netns) round.read(target, WhenGone::report);
  bool all_listed = true;
  if (targets.all_netns) {
    const auto listed = list_named_namespaces(named);
    all_listed = listed.has_value();
    if (!listed) {
      round.report(std::string(kAllNamespaces), SourceStatus::failed, why_of(listed.error()));
    }
    if (listed) {
      for (const NetnsTarget& target : *listed) round.read(target, WhenGone::ignore);
    }
  }
  if (all_listed) round.forget_others();
  std::ranges::sort(observation.devices, {},
                    [](const Device& d) { return std::tie(d.netns, d.name); });
}

std::expected<std::map<std::string, Link>, Error> read_own_links() {
  const NetlinkSystem system = real_netlink_system();
  Retries retries{};
  const LinkListing listing = list_links(system, "", system.now() + kOwnTimeLimit, retries);
  if (listing.doubt && listing.links.empty()) {
    return std::unexpected(
        Error{"cannot list links", "", why_of(listing.error != 0 ? listing.error : ETIMEDOUT)});
  }
  std::map<std::string, Link> links;
  for (const NamedLink& named : listing.links) links.emplace(named.name, named.link);
  return links;
}

}  // namespace wgaudit
