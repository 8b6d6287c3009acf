// Answers to the targets of its arguments, for check_openapi.py: a line "TARGET STATUS" and
// the body each, NUL behind it.
#include <iostream>

#include "tests/pages/example.hpp"

int main(int count, char** targets) {
  using namespace wgaudit::test;
  const Example gateways[] = {example(), crowd(120)};
  for (int i = 1; i < count; ++i) {
    for (const Example& gateway : gateways) {
      const wgaudit::Page page = gateway.get(targets[i]);
      std::cout << targets[i] << ' ' << page.status << '\n' << page.body << '\0';
    }
  }
  return 0;
}
