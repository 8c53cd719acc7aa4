// A sidecar of ours as those see it for whom it works.
#ifndef INTEGRATION_LIFECYCLE_OBSERVED_SIDECAR_H_
#define INTEGRATION_LIFECYCLE_OBSERVED_SIDECAR_H_

#include <memory>
#include <string>
#include <vector>

#include "sidecars/runtime/sidecar_process.h"

namespace mesos_executor::lifecycle {

// A sidecar's program, and how to see from outside what it has done for its tasks.
class ObservedSidecar {
 public:
  virtual ~ObservedSidecar() = default;
  virtual std::string program() const = 0;
  virtual std::vector<std::string> environment() const = 0;
  // What it did for its tasks is forgotten, so that it has to be done again.
  virtual void Forget() = 0;
  // Waits until it has done its work for so many tasks, since it was started or the last Forget.
  // False after a minute without news.
  virtual bool AwaitDone(sidecar::SidecarProcess* process, size_t tasks) = 0;
  // The same for having undone it.
  virtual bool AwaitUndone(sidecar::SidecarProcess* process, size_t tasks) = 0;
};

// Runs it as the host's daemon: with these flags, and without its log, which has a few lines a
// task.
std::unique_ptr<sidecar::SidecarProcess> RunObserved(const ObservedSidecar& sidecar,
                                                     const std::vector<std::string>& flags);

// One that only tells what it is told.
std::unique_ptr<ObservedSidecar> ObservedRecorder();
// The real consul-registrar, and the stand-in for Consul.
std::unique_ptr<ObservedSidecar> ObservedConsulRegistrar();
// The real vaas-registrar, and the stand-in for VaaS.
std::unique_ptr<ObservedSidecar> ObservedVaasRegistrar();
// The real exec-sidecar, whose command makes a file for each healthy task and removes it at its
// end.
std::unique_ptr<ObservedSidecar> ObservedExecSidecar();

}  // namespace mesos_executor::lifecycle

#endif  // INTEGRATION_LIFECYCLE_OBSERVED_SIDECAR_H_
