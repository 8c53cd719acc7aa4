#include "supervisor/health/tcp_prober.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "supervisor/base/connect.h"

namespace mesos_executor::health {
namespace {

class TcpProber final : public Prober {
 public:
  TcpProber(AsioEventLoop* loop, TcpCheck check) : loop_(loop), check_(std::move(check)) {}

  std::unique_ptr<Pending> Probe(Done done) override {
    return Connect(loop_, check_.endpoint,
                   [done = std::move(done)](absl::StatusOr<UniqueFd> connection) mutable {
                     done({connection.status()});
                   });
  }

 private:
  AsioEventLoop* const loop_;
  const TcpCheck check_;
};

}  // namespace

std::unique_ptr<Prober> NewTcpProber(AsioEventLoop* loop, TcpCheck check) {
  return std::make_unique<TcpProber>(loop, std::move(check));
}

}  // namespace mesos_executor::health
