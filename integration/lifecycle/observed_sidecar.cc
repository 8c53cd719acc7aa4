#include "integration/lifecycle/observed_sidecar.h"

#include <set>

#include "absl/strings/match.h"
#include "integration/fake_consul/fake_consul.h"
#include "integration/scenarios/eventually.h"

namespace mesos_executor::lifecycle {
namespace {

using sidecar::SidecarProcess;

class Recorder final : public ObservedSidecar {
 public:
  std::string program() const override { return "sidecars/runtime/recorder"; }
  std::vector<std::string> environment() const override { return {"RECORDER_WORD=recorder"}; }
  void Forget() override {}
  // The state is told before the phase, and again to a successor.
  bool AwaitDone(SidecarProcess* process, size_t tasks) override {
    return AwaitEach(process, "state ", tasks);
  }
  bool AwaitUndone(SidecarProcess* process, size_t tasks) override {
    return AwaitEach(process, "undo ", tasks);
  }

 private:
  static bool AwaitEach(SidecarProcess* process, const std::string& word, size_t tasks) {
    for (std::set<std::string> seen; seen.size() < tasks;) {
      const std::string line = process->NextLine();
      if (line == "end" || line == "nothing for a minute") return false;
      if (absl::StartsWith(line, word)) seen.insert(line);
    }
    return true;
  }
};

class ConsulRegistrar final : public ObservedSidecar {
 public:
  std::string program() const override { return "sidecars/consul_registrar/consul-registrar"; }
  std::vector<std::string> environment() const override {
    return {"CONSUL_HTTP_ADDR=" + consul_.address()};
  }
  void Forget() override {
    consul_.Stop();
    consul_.StartEmpty();
  }
  bool AwaitDone(SidecarProcess*, size_t tasks) override {
    return Eventually([&] { return consul_.Services().size() == tasks; });
  }
  bool AwaitUndone(SidecarProcess*, size_t) override {
    return Eventually([&] { return consul_.Services().empty(); });
  }

 private:
  fake_consul::FakeConsul consul_;
};

}  // namespace

std::unique_ptr<SidecarProcess> RunObserved(const ObservedSidecar& sidecar,
                                            const std::vector<std::string>& flags) {
  std::vector<std::string> argv = {"/bin/sh", "-c", "exec \"$0\" \"$@\" 2>/dev/null",
                                   sidecar.program()};
  argv.insert(argv.end(), flags.begin(), flags.end());
  return std::make_unique<SidecarProcess>(std::move(argv), sidecar.environment());
}

std::unique_ptr<ObservedSidecar> ObservedRecorder() { return std::make_unique<Recorder>(); }

std::unique_ptr<ObservedSidecar> ObservedConsulRegistrar() {
  return std::make_unique<ConsulRegistrar>();
}

}  // namespace mesos_executor::lifecycle
