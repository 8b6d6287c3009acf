// One layer of settings on its way into those below it.
#pragma once

#include <set>
#include <string_view>

#include "exporter/config/load.hpp"

namespace wgaudit {

// The first value of a list replaces those of the layers below.
class Layer {
 public:
  explicit Layer(LoadedSettings& loaded) : loaded_(loaded) {}

  void clear(const Setting& setting) {
    if (!begun_.insert(&setting).second) return;
    loaded_.texts[setting.name].clear();
    if (setting.clear != nullptr) setting.clear(loaded_.settings);
  }
  // "" = taken.
  Reason take(const Setting& setting, std::string_view value) {
    clear(setting);
    loaded_.texts[setting.name].emplace_back(value);
    return setting.take(loaded_.settings, value);
  }

 private:
  LoadedSettings& loaded_;
  std::set<const Setting*> begun_;
};

}  // namespace wgaudit
