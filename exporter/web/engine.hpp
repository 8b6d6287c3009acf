// cpp-httplib as the engine of one request: no socket, no thread and no unbounded input of its own.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "exporter/web/head.hpp"
#include "exporter/web/reply.hpp"
#include "exporter/web/visitor.hpp"

namespace wgaudit {

class Engine {
 public:
  // `path` is decoded and without the query. What it throws becomes a bare 500.
  using Handler = std::function<Reply(const std::string& path, const RequestHead& head,
                                      const Visitor& visitor)>;

  Engine(Handler handler, unsigned idle_seconds, unsigned requests_per_connection);
  ~Engine();
  // From any thread. `last`: the connection is to be closed after it.
  [[nodiscard]] Answer answer(const RequestHead& head, const Visitor& visitor, bool last);

 private:
  class Server;
  std::unique_ptr<Server> server_;
};

}  // namespace wgaudit
