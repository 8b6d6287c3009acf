#include "exporter/metrics/page.hpp"

#include <algorithm>
#include <atomic>

#include "exporter/metrics/compat.hpp"
#include "exporter/metrics/families.hpp"
#include "exporter/metrics/registry.hpp"

namespace wgaudit {
namespace {

constexpr Duration kShownFor = std::chrono::seconds{30};

// Address space, not memory: what stays unwritten is never touched.
std::size_t expected_size(const ShownDevices& devices) {
  constexpr std::size_t kPage = 64 * 1024, kPeer = 2600;
  std::size_t peers = 0;
  for (const JudgedDevice* judged : devices) peers += judged->peers.size();
  return kPage + peers * kPeer;
}

struct Shown {
  ShownDevices all, within_limit, over_limit;
};
Shown shown_devices(const View& view, BootTime now, std::uint64_t peer_limit) {
  Shown shown;
  for (const JudgedDevice& judged : view.devices) {
    if (now - judged.device->observed_at > kShownFor) continue;
    shown.all.push_back(&judged);
    const bool over = judged.device->peers.size() > peer_limit;
    (over ? shown.over_limit : shown.within_limit).push_back(&judged);
  }
  return shown;
}

bool has(MetricGroups groups, MetricGroup group) { return groups[static_cast<std::size_t>(group)]; }

// What comes and goes.
void write_view(TextWriter& out, const View& view, const Shown& shown,
                const MetricsOptions& options, MetricGroups groups) {
  if (has(groups, MetricGroup::interfaces)) write_interfaces(out, shown.all);
  if (has(groups, MetricGroup::peers)) {
    write_peers(out, shown.within_limit, view, options);
  }
  if (has(groups, MetricGroup::findings)) write_findings(out, view);
  if (has(groups, MetricGroup::collectors)) {
    write_collectors(out, view);
    write_over_limit(out, shown.over_limit);
  }
  if (has(groups, MetricGroup::inventory)) write_inventory(out, view);
}

std::string compat_page(const CompatPeers& peers, const ScrapeRequest& request) {
  if (request.form == PageForm::mdlayher) return mdlayher_page(peers);
  return mindflavor_page(peers, request.mindflavor);
}

}  // namespace

struct MetricsPage::State {
  MetricsOptions options;
  ExporterRegistry registry;
  std::array<std::atomic<std::uint64_t>, kPageForms> renderings{}, compressions{};

  explicit State(MetricsOptions given) : options(given), registry(given.exporter_metrics) {}
  [[nodiscard]] PageCounts counts() const {
    PageCounts counts;
    std::ranges::copy(renderings, counts.renderings.begin());
    std::ranges::copy(compressions, counts.compressions.begin());
    return counts;
  }
};

MetricsPage::MetricsPage(MetricsOptions options) : state_(std::make_unique<State>(options)) {}
MetricsPage::~MetricsPage() = default;

std::string MetricsPage::render(const View& view, BootTime now, const DeliveryHealth* delivery,
                                const ScrapeRequest& request) {
  ++state_->renderings[static_cast<std::size_t>(request.form)];
  const Shown shown = shown_devices(view, now, state_->options.peer_limit);
  if (is_compat(request.form)) {
    return compat_page({shown.all, shown.within_limit, view.taken.wall, state_->options.privacy,
                        state_->options.identity_labels.principal},
                       request);
  }
  const bool with_peers = has(request.groups, MetricGroup::peers);
  TextWriter out(expected_size(with_peers ? shown.within_limit : ShownDevices{}), request.form);
  write_view(out, view, shown, state_->options, request.groups);
  if (delivery != nullptr && has(request.groups, MetricGroup::events)) {
    write_oldest_pending(out, *delivery);
  }
  state_->registry.write(out, view, delivery, state_->counts(), request.groups);
  out.end();
  return std::move(out.text());
}

void MetricsPage::count_compression(PageForm form) {
  ++state_->compressions[static_cast<std::size_t>(form)];
}

BootTime MetricsPage::shows_same_until(const View& view, BootTime now) {
  BootTime until = BootTime::max();
  for (const JudgedDevice& judged : view.devices) {
    const BootTime last = judged.device->observed_at + kShownFor;
    if (last >= now) until = std::min(until, last);
  }
  return until;
}

}  // namespace wgaudit
