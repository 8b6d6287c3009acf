#include <ostream>

#include "exporter/commands/commands.hpp"
#include "exporter/daemon/exit_code.hpp"
#include "exporter/signing/key_file.hpp"

namespace wgaudit {

int run_events_keygen(System& system, const std::string& directory) {
  const SigningKey key = SigningKey::generate();
  const auto files = write_key_files(directory, key);
  if (!files) return fail(system, {kExitCannotRun, files.error().message()});
  // Lines around a key in PEM are no part of it: this can be redirected into a file for openssl(1).
  system.out << key.verifying().pem() << "fingerprint: " << key.verifying().id()
             << "\nprivate key: " << files->signing << "\npublic key: " << files->verifying << '\n';
  return kExitFine;
}

}  // namespace wgaudit
