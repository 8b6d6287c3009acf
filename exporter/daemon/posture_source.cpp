#include "exporter/daemon/posture_source.hpp"

#include <utility>

namespace wgaudit {
namespace {

constexpr int kTriesAtStart = 3;

}  // namespace

PostureSource::PostureSource(std::string path, Load load)
    : path_(std::move(path)), load_(std::move(load)) {}

LoadOutcome PostureSource::load(Cause cause) {
  if (path_.empty()) return LoadOutcome::accepted;
  LoadedPosture loaded = load_(path_);
  for (int tries = 1; cause == Cause::start && loaded.changed_while_read && tries < kTriesAtStart;
       ++tries) {
    loaded = load_(path_);
  }
  if (loaded.changed_while_read && cause != Cause::start) return LoadOutcome::unsettled;
  problems_ = std::move(loaded.problems);
  if (!loaded.table) return LoadOutcome::rejected;
  if (table_ == nullptr || table_->sha256 != loaded.table->sha256) {
    table_ = std::make_shared<const PostureTable>(*std::move(loaded.table));
  }
  return LoadOutcome::accepted;
}

}  // namespace wgaudit
