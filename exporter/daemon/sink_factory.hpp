// From what is configured of a sink to the sink. The one place that knows both.
#pragma once

#include <expected>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "collectors/model/error.hpp"
#include "exporter/codec/event_json.hpp"
#include "exporter/config/settings.hpp"
#include "exporter/signing/signing_key.hpp"
#include "exporter/sinks/http_sink.hpp"
#include "exporter/sinks/sink.hpp"

namespace wgaudit {

// What every event says of the program and its host. Reads /etc/machine-id.
[[nodiscard]] EventOrigin origin_of(const Settings& settings);

// The keys that sign the segments of file sinks, by their paths.
using SigningKeys = std::map<std::string, std::shared_ptr<const SigningKey>>;
// Of all sinks that are configured. Reads their files.
[[nodiscard]] std::expected<SigningKeys, Error> load_signing_keys(const Settings& settings);
// What would stop the daemon: keys that cannot be used; and what would stop a sink: tokens and
// passwords that cannot. A credential that is not there is a warning alone, like these: systemd
// shows it to the running service. Reads the files.
[[nodiscard]] std::vector<ConfigProblem> check_secrets(const Settings& settings);
// With what follows from the body and the URL where nothing is said.
[[nodiscard]] HttpSinkOptions http_options(const HttpSinkSettings& settings,
                                           const EventOrigin& origin, EventFormat format);

// Does no I/O but to open what a sink cannot be without (an eventfd): receivers are for deliver().
[[nodiscard]] std::unique_ptr<Sink> make_sink(const SinkSettings& settings,
                                              const EventOrigin& origin,
                                              const SigningKeys& signing_keys = {});

}  // namespace wgaudit
