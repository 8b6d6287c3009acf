// The names that a client certificate holds, as client_allowed_sans compares them.
#pragma once

#include <string>
#include <vector>

struct x509_st;

namespace wgaudit {

// Its subject alternative names of the kinds DNS, e-mail, IP address (as text) and URI.
[[nodiscard]] std::vector<std::string> subject_alternative_names(const x509_st* certificate);

}  // namespace wgaudit
