// Whose password is looked at next, and who is turned away: one bcrypt runs at a time, and who
// tries passwords is to keep none of those out who know theirs. Pure; time is an argument.
//
// A source that had a password refused is suspect for a while: one place instead of two, of all
// places one less than there are, and its turn after those who are not.
#pragma once

#include <chrono>
#include <cstddef>
#include <list>
#include <map>
#include <optional>

#include "exporter/web/client_source.hpp"

namespace wgaudit {

class PasswordQueue {
 public:
  using Time = std::chrono::steady_clock::time_point;
  // Loopback and unix sockets together are one source too: the absent one.
  using Source = std::optional<ClientSource>;

  static constexpr std::size_t kPlaces = 8;  // checks that wait or run
  static constexpr std::size_t kOfOneSource = 2;
  static constexpr std::size_t kOfOneSuspect = 1;
  static constexpr std::size_t kOfSuspects = kPlaces - 1;
  static constexpr std::chrono::seconds kSuspectTime{30};
  static constexpr std::size_t kMostSuspects = 1024;  // then the oldest is forgotten

  struct Check {
    Source source;
    bool suspect;
  };
  using Place = std::list<Check>::iterator;  // until leave()

  // Absent: too many are there already.
  [[nodiscard]] std::optional<Place> enter(const Source& source, Time now);
  // REQUIRES: no check runs.
  [[nodiscard]] bool is_next(Place place) const;
  void leave(Place place) { checks_.erase(place); }
  // A password of `source` was wrong.
  void note_refusal(const Source& source, Time now);
  [[nodiscard]] std::size_t suspects() const { return suspects_.size(); }

 private:
  [[nodiscard]] bool is_suspect(const Source& source, Time now) const;

  std::list<Check> checks_;          // as they came
  std::map<Source, Time> suspects_;  // when a password was refused last
};

}  // namespace wgaudit
