// What the headers Accept and Accept-Encoding ask for (RFC 9110, 12.5), as far as there is a
// choice. Pure: any bytes in.
#pragma once

#include <string_view>

#include "exporter/metrics/page_form.hpp"

namespace wgaudit {

// Text or OpenMetrics: the form of the highest quality, then what is named more exactly. Text where
// both are as welcome (no header, `*/*`: a person with curl), and where neither is: a scraper that
// asks for what we do not have, such as protobuf alone, reads that, and 406 would help nobody.
[[nodiscard]] PageForm negotiate_form(std::string_view accept);

// Whether gzip is acceptable, and no less than the plain bytes.
[[nodiscard]] bool negotiate_gzip(std::string_view accept_encoding);

}  // namespace wgaudit
