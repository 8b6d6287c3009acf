#include "exporter/daemon/history_source.hpp"

#include <chrono>
#include <memory>

#include "exporter/store/reader.hpp"

namespace wgaudit {
namespace {

// Both together stay under the time in which the daemon has to stop.
constexpr std::chrono::milliseconds kWait{500};
constexpr Duration kTimeLimit = std::chrono::seconds{1};

}  // namespace

std::expected<HistoryAnswer, Error> HistorySource::read(const HistoryRequest& request) {
  if (!free_.try_acquire_for(kWait)) {
    return std::unexpected(
        Error{"cannot read the state database", "", "others read it; try again"});
  }
  const std::unique_ptr<std::counting_semaphore<kAtOnce>,
                        void (*)(std::counting_semaphore<kAtOnce>*)>
      held(&free_, [](std::counting_semaphore<kAtOnce>* taken) { taken->release(); });
  const auto reader = StoreReader::open(directory_, kTimeLimit);
  if (!reader) return std::unexpected(reader.error());
  return reader->answer(request);
}

}  // namespace wgaudit
