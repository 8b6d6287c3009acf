#include "exporter/web/password_queue.hpp"

#include <algorithm>
#include <iterator>

namespace wgaudit {

std::optional<PasswordQueue::Place> PasswordQueue::enter(const Source& source, Time now) {
  const bool suspect = is_suspect(source, now);
  const auto of_source = std::ranges::count(checks_, source, &Check::source);
  const auto of_suspects = std::ranges::count(checks_, true, &Check::suspect);
  const auto most_of_source = suspect ? kOfOneSuspect : kOfOneSource;
  if (checks_.size() >= kPlaces || static_cast<std::size_t>(of_source) >= most_of_source ||
      (suspect && static_cast<std::size_t>(of_suspects) >= kOfSuspects)) {
    return std::nullopt;
  }
  return checks_.insert(checks_.end(), {source, suspect});
}

bool PasswordQueue::is_next(Place place) const {
  const auto trusted = std::ranges::find(checks_, false, &Check::suspect);
  return std::list<Check>::const_iterator(place) ==
         (trusted == checks_.end() ? checks_.begin() : trusted);
}

void PasswordQueue::note_refusal(const Source& source, Time now) {
  for (Check& check : checks_) check.suspect = check.suspect || check.source == source;
  suspects_[source] = now;
  std::erase_if(suspects_, [&](const auto& one) { return now - one.second >= kSuspectTime; });
  if (suspects_.size() <= kMostSuspects) return;
  suspects_.erase(
      std::ranges::min_element(suspects_, {}, [](const auto& one) { return one.second; }));
}

bool PasswordQueue::is_suspect(const Source& source, Time now) const {
  const auto found = suspects_.find(source);
  return found != suspects_.end() && now - found->second < kSuspectTime;
}

}  // namespace wgaudit
