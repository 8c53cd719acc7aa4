// A stand-in for VaaS: real sockets, the answers of `Vaas`, and whatever faults a test wants. It
// has no Varnish, and forgets all when it ends.
#ifndef INTEGRATION_FAKE_VAAS_FAKE_VAAS_H_
#define INTEGRATION_FAKE_VAAS_FAKE_VAAS_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "integration/fake_vaas/exchange.h"
#include "integration/fake_vaas/rows.h"
#include "integration/fake_vaas/vaas.h"

namespace mesos_executor::fake_vaas {

struct Settings {
  // 0: a free one.
  uint16_t port = 0;
  std::string username = "user";
  std::string key = "key";
  std::vector<std::string> dcs = {"dc1"};
  std::vector<std::string> directors = {"web"};
  std::vector<std::string> clusterless_directors;
  Reload reload = Reload::kWorks;
  // Wants a connect_timeout with each addition, and one tag at the most.
  bool newest = false;
  // Every answer comes so late; what is asked for is done at once.
  absl::Duration delay;
};

// What happens to a request instead of the usual.
struct Fault {
  // How the request starts, such as "POST /api/v0.1/backend/".
  std::string request;
  // To how many of them.
  int times = 1;
  // Whether it is carried out all the same.
  bool carried_out = true;
  // Said instead of the answer. {.answered = false}: nothing.
  std::optional<Reply> reply;
  // In addition to Settings::delay.
  absl::Duration delay;
};

// Serves on 127.0.0.1 on a thread of its own, from Start to destruction. Any one thread may use it.
class FakeVaas {
 public:
  // Ids are given in the order of the settings, from 1: data centres, directors, those without a
  // cluster. Unavailable: the port is taken.
  static absl::StatusOr<std::unique_ptr<FakeVaas>> Start(const Settings& settings);
  ~FakeVaas();
  FakeVaas(const FakeVaas&) = delete;
  FakeVaas& operator=(const FakeVaas&) = delete;

  uint16_t port() const;

  // By id.
  std::map<int64_t, Backend> Backends() const;
  // As if somebody had done it by hand.
  void Remove(int64_t backend_id);
  // Method and target of every request so far, the newest 10,000.
  std::vector<std::string> Requests() const;

  void SetReload(Reload reload);
  // How often each new task says that it is pending; 1 if never called.
  void SetPendingLooks(int looks);
  // The oldest fault that fits is used first.
  void Add(const Fault& fault);

  // Nobody listens any more, and open connections break. The port and the rows stay.
  void Stop();
  void StartAgain();

 private:
  class Server;
  explicit FakeVaas(std::unique_ptr<Server> server);

  std::unique_ptr<Server> server_;
};

}  // namespace mesos_executor::fake_vaas

#endif  // INTEGRATION_FAKE_VAAS_FAKE_VAAS_H_
