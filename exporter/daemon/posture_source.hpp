// The posture file and what is in force of it: the last good one, whatever happens to the file. One
// that grows old shows as such by its own times: `noncompliant_device` opens after posture_max_age.
// One thread.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "exporter/codec/posture_json.hpp"
#include "exporter/daemon/inventory_source.hpp"

namespace wgaudit {

class PostureSource {
 public:
  using Load = std::function<LoadedPosture(const std::string& path)>;
  explicit PostureSource(std::string path, Load load = load_posture);  // "": none configured

  // `unsettled` as of an inventory.
  LoadOutcome load(Cause cause);

  // Null: none is configured, or none could be used yet. The same object as before the load where
  // the text is the same.
  [[nodiscard]] std::shared_ptr<const PostureTable> table() const { return table_; }
  // Of the last load that decided something.
  [[nodiscard]] const std::vector<Problem>& problems() const { return problems_; }

 private:
  std::string path_;
  Load load_;
  std::shared_ptr<const PostureTable> table_;
  std::vector<Problem> problems_;
};

}  // namespace wgaudit
