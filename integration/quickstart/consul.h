// The Consul that the quickstart registers in.
#ifndef INTEGRATION_QUICKSTART_CONSUL_H_
#define INTEGRATION_QUICKSTART_CONSUL_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "integration/fake_consul/fake_consul.h"
#include "integration/fake_consul/real_consul.h"

namespace mesos_executor::quickstart {

class Consul {
 public:
  // $CONSUL_BIN, else `consul` on PATH, else the embedded stand-in. Blocks until it answers. It
  // ends with this object, a real one also with the calling thread. Errors say which program would
  // not start, and why.
  static absl::StatusOr<Consul> Start();

  uint16_t port() const;
  // For people: which Consul it is.
  const std::string& description() const { return description_; }
  bool is_real() const { return real_ != nullptr; }

 private:
  Consul() = default;

  std::string description_;
  // One of them.
  std::unique_ptr<fake_consul::RealConsul> real_;
  std::unique_ptr<fake_consul::FakeConsul> stand_in_;
};

}  // namespace mesos_executor::quickstart

#endif  // INTEGRATION_QUICKSTART_CONSUL_H_
