// An embedded stand-in for a Consul agent: real sockets, the answers of `Catalogue`, and the moods
// of a bad day. It carries out no health checks: a service keeps the status that it was registered
// with. It is no cluster, and forgets all when it ends.
#ifndef INTEGRATION_FAKE_CONSUL_FAKE_CONSUL_H_
#define INTEGRATION_FAKE_CONSUL_FAKE_CONSUL_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "integration/fake_consul/catalogue.h"

namespace mesos_executor::fake_consul {

// Serves on 127.0.0.1, a free port, on a thread of its own, from construction to destruction. Any
// one thread may use it.
class FakeConsul {
 public:
  // With a token, that token may do anything and everybody else nothing.
  explicit FakeConsul(const std::string& token = "");
  ~FakeConsul();
  FakeConsul(const FakeConsul&) = delete;
  FakeConsul& operator=(const FakeConsul&) = delete;

  uint16_t port() const;
  // As CONSUL_HTTP_ADDR has it: "127.0.0.1:port".
  std::string address() const;

  // By id.
  std::map<std::string, Service> Services() const;
  // As if somebody had done it by hand.
  void Remove(const std::string& id);
  // Method and target of every request so far, the newest 10,000.
  std::vector<std::string> Requests() const;

  // From now on requests are read, carried out or not, and never answered, until it is switched
  // off; what came meanwhile stays without an answer.
  enum class Silence { kOff, kCarriesOut, kIgnores };
  void SetSilence(Silence silence);

  // Nobody listens any more; open connections break. The port stays ours.
  void Stop();
  // Listens again on the same port, with an empty catalogue.
  void StartEmpty();

 private:
  class Server;
  std::unique_ptr<Server> server_;
};

}  // namespace mesos_executor::fake_consul

#endif  // INTEGRATION_FAKE_CONSUL_FAKE_CONSUL_H_
