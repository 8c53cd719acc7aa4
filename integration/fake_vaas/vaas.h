// What VaaS would answer: the part of its API v0.1 that registrars use, as it was recorded, the bad
// cases included. Pure: knows no sockets and no time.
#ifndef INTEGRATION_FAKE_VAAS_VAAS_H_
#define INTEGRATION_FAKE_VAAS_VAAS_H_

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "integration/fake_vaas/exchange.h"
#include "integration/fake_vaas/listing.h"
#include "integration/fake_vaas/rows.h"

namespace mesos_executor::fake_vaas {

// How the part of VaaS is that brings changes into Varnish. A director without a cluster never
// needs it.
enum class Reload {
  kWorks,
  // A change is kept, and answered with 500; asynchronously, its task fails.
  kFails,
  // A change is kept, and never answered; asynchronously, its task stays pending until the worker
  // is there again.
  kWorkerDown,
  // A change is kept, and never answered.
  kQueueDown,
};

class Vaas {
 public:
  Vaas(std::string username, std::string key)
      : username_(std::move(username)), key_(std::move(key)) {}

  // Each gives the new row's id; ids are never used again.
  int64_t AddDc(const std::string& symbol);
  int64_t AddDirector(const std::string& name, bool has_cluster);

  // Other questions than those that were recorded are answered with 501.
  Reply Answer(const Question& question);

  // Refuses additions as the newest VaaS does; that its texts are these was not recorded.
  void set_newest(bool newest) { newest_ = newest; }
  void set_reload(Reload reload) { reload_ = reload; }
  // How often each new task says that it is pending, once its turn has come.
  void set_pending_looks(int looks) { pending_looks_ = looks; }

  const std::map<int64_t, Backend>& backends() const { return tables_.backends; }
  // As if somebody had done it by hand.
  void RemoveBackend(int64_t id) { tables_.backends.erase(id); }

 private:
  struct Task {
    int pending_looks;
    bool fails;
  };

  bool IsAuthorized(const Question& question, const Query& query) const;
  Reply List(absl::string_view path, const Query& query) const;
  Reply Add(const Question& question);
  // As VaaS documents it; the only answer here that was not recorded.
  Reply SetWeight(int64_t id, const Question& question);
  Reply Delete(int64_t id, bool async);
  Reply LookAtTask(const std::string& id);
  // What a change of the director's backends is answered with, which `done` would be if nothing
  // needed to be told to Varnish.
  Reply Changed(int64_t director_id, bool async, Reply done);

  const std::string username_;
  const std::string key_;
  Tables tables_;
  std::map<std::string, Task> tasks_;
  int64_t last_id_ = 0;
  bool newest_ = false;
  Reload reload_ = Reload::kWorks;
  int pending_looks_ = 1;
};

}  // namespace mesos_executor::fake_vaas

#endif  // INTEGRATION_FAKE_VAAS_VAAS_H_
