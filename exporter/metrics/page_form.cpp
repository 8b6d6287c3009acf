#include "exporter/metrics/page_form.hpp"

namespace wgaudit {

std::string_view to_string(PageForm form) {
  switch (form) {
    case PageForm::text:
      return "text";
    case PageForm::openmetrics:
      return "openmetrics";
    case PageForm::mindflavor:
      return "mindflavor";
    case PageForm::mdlayher:
      return "mdlayher";
  }
  return "?";
}

// Prometheus 3 fails a scrape whose type it does not know, or that lacks its version.
std::string_view content_type(PageForm form) {
  if (form == PageForm::openmetrics) {
    return "application/openmetrics-text; version=1.0.0; charset=utf-8";
  }
  return "text/plain; version=0.0.4; charset=utf-8";
}

}  // namespace wgaudit
